import { get } from 'svelte/store';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createNotices } from '../src/state/notices.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('notices', () => {
  const textsOf = (/** @type {ReturnType<typeof createNotices>} */ { notices }) => get(notices).map(({ text }) => text);

  it('come and go by themselves', () => {
    const all = createNotices();
    all.show('Saved');
    vi.advanceTimersByTime(7999);
    expect(textsOf(all)).toEqual(['Saved']);
    vi.advanceTimersByTime(1);
    expect(textsOf(all)).toEqual([]);
  });
  it('are three at most, the latest, and none twice', () => {
    const all = createNotices();
    ['a', 'b', 'a', 'c', 'd'].forEach((text) => all.show(text));
    expect(textsOf(all)).toEqual(['a', 'c', 'd']);
  });
  it('can be sent away', () => {
    const all = createNotices();
    all.show('a');
    all.show('b');
    all.dismiss(get(all.notices)[0].id);
    expect(textsOf(all)).toEqual(['b']);
  });
  it('offer an action, which is taken or is not', () => {
    const all = createNotices();
    const [undo, gone] = [vi.fn(), vi.fn()];
    all.show('Removed', { action: { label: 'Undo', run: undo }, onGone: gone });
    get(all.notices)[0].action?.run();
    vi.advanceTimersByTime(60_000);
    expect([textsOf(all), undo.mock.calls.length, gone.mock.calls.length]).toEqual([[], 1, 0]);
    all.show('Removed', { action: { label: 'Undo', run: undo }, onGone: gone });
    vi.advanceTimersByTime(60_000);
    expect([textsOf(all), undo.mock.calls.length, gone.mock.calls.length]).toEqual([[], 1, 1]);
  });
});
