/** Short messages that come and go; some offer to undo what was done. */
import { writable } from 'svelte/store';

/** @typedef {{ id: number, text: string, action: { label: string, run: () => void } | null }} Notice */

const SHOWN_MS = 8000;

export function createNotices() {
  const notices = writable(/** @type {Notice[]} */ ([]));
  let nextId = 1;

  /** @param {number} id */
  const dismiss = (id) => notices.update((all) => all.filter((notice) => notice.id !== id));

  /**
   * @param {string} text
   * @param {{ action?: Notice['action'], onGone?: () => void }} [options] `onGone`: nobody took the action in time
   */
  function show(text, { action = null, onGone } = {}) {
    const id = nextId++;
    const timer = setTimeout(() => {
      dismiss(id);
      onGone?.();
    }, SHOWN_MS);
    const once = action && {
      label: action.label,
      run: () => {
        clearTimeout(timer);
        dismiss(id);
        action.run();
      },
    };
    notices.update((all) => [...all.filter((notice) => notice.text !== text).slice(-2), { id, text, action: once }]);
  }

  return { notices: { subscribe: notices.subscribe }, show, dismiss };
}
