/** Whatever a mouse can do on the map, keys can do: one check for every key that the help shows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEY_GROUPS } from '../../src/ui/keys.js';
import { loudest, openApp, stateOf, waitForMap } from './app.js';

/** @typedef {import('playwright-core').Page} Page */

/** @param {Page} page @param {string} key */
async function after(page, key) {
  await page.keyboard.press(key);
  await page.waitForTimeout(60);
  return stateOf(page);
}

/** By the first key of an action: what must be true after it. @type {Record<string, (page: Page) => Promise<void>>} */
const CHECKS = {
  ArrowLeft: async (page) => {
    const start = await after(page, 'ArrowRight');
    const seen = new Set([start.current]);
    const heard = await loudest(page, 300, async () => {
      for (const key of ['ArrowLeft', 'ArrowUp', 'ArrowRight', 'ArrowDown']) seen.add((await after(page, key)).current);
    });
    assert.ok(seen.size >= 3, 'arrows lead to other sounds');
    assert.match(await page.getByTestId('announcement').innerText(), /\d\.\d\d s, /);
    assert.ok(heard > 0.01, 'steps sound');
  },
  n: async (page) => {
    const first = await after(page, 'ArrowRight');
    const second = await after(page, 'n');
    assert.notEqual(second.current, first.current);
    assert.match(await page.getByTestId('announcement').innerText(), /1st nearest to /);
    assert.notEqual((await after(page, 'n')).current, first.current);
  },
  p: async (page) => {
    const { current } = await after(page, 'ArrowRight');
    await after(page, 'n');
    assert.equal((await after(page, 'p')).current, current);
  },
  Backspace: async (page) => {
    const first = await after(page, 'ArrowRight');
    await after(page, 'ArrowUp');
    assert.equal((await after(page, 'Backspace')).current, first.current);
  },
  ' ': async (page) => {
    await after(page, 'ArrowRight');
    await page.waitForTimeout(1400);
    assert.ok(await loudest(page, 300, () => page.keyboard.press(' ')) > 0.01);
  },
  Enter: async (page) => {
    const { current } = await after(page, 'ArrowRight');
    assert.equal((await after(page, 'Enter')).selected, current);
    await page.getByTestId('player').waitFor();
  },
  l: async (page) => {
    await after(page, 'ArrowRight');
    await after(page, 'Enter');
    const loop = page.getByTestId('player').getByRole('button', { name: 'Loop' });
    await after(page, 'l');
    assert.equal(await loop.getAttribute('aria-pressed'), 'true');
  },
  m: async (page) => {
    await after(page, 'm');
    assert.ok(await loudest(page, 300, () => after(page, 'ArrowRight')) < 0.001);
  },
  t: async (page) => {
    await after(page, 't');
    await page.getByTestId('settings').click();
    assert.ok(await page.getByRole('switch', { name: 'True level' }).isChecked());
  },
  Escape: async (page) => {
    await after(page, 'ArrowRight');
    await after(page, 'Enter');
    await after(page, 'Escape');
    assert.ok(await loudest(page, 150) < 0.2);
    assert.equal((await after(page, 'Escape')).selected, null);
  },
  v: async (page) => {
    const views = [];
    for (let k = 0; k < 3; k++) views.push((await after(page, 'v')).view);
    assert.deepEqual(views, ['split', 'list', 'map']);
  },
  '\\': async (page) => {
    await after(page, '\\');
    await page.getByTestId('inspector').waitFor({ state: 'detached' });
    assert.ok(await page.getByTestId('legend').isVisible());
  },
  '/': async (page) => {
    await after(page, '/');
    await page.keyboard.type('kick');
    await page.waitForFunction(() => window.__tonotope.state.kept < 200);
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => window.__tonotope.state.kept === 600);
  },
  '+': async (page) => {
    const before = await stateOf(page);
    assert.ok(((await after(page, '+')).camera?.zoom ?? 0) > (before.camera?.zoom ?? 0));
  },
  '-': async (page) => {
    const before = await stateOf(page);
    assert.ok(((await after(page, '-')).camera?.zoom ?? 0) < (before.camera?.zoom ?? 0));
  },
  0: async (page) => {
    const before = await stateOf(page);
    await after(page, '+');
    assert.deepEqual((await after(page, '0')).camera, before.camera);
  },
  'Shift ← ↑ ↓ →': async (page) => {
    const before = await stateOf(page);
    assert.ok(((await after(page, 'Shift+ArrowRight')).camera?.x ?? 0) > (before.camera?.x ?? 0));
  },
  a: async (page) => {
    await after(page, 'a');
    await page.getByTestId('activity').waitFor();
  },
  '?': async (page) => {
    await after(page, '?');
    await page.getByTestId('keys').waitFor();
  },
};

test('every key of the help has a check, and every check is in the help', () => {
  const shown = KEY_GROUPS.flatMap(({ actions }) => actions).map(({ keys, shown: text }) => keys[0] ?? text);
  assert.deepEqual(shown.sort(), Object.keys(CHECKS).sort());
});

test('keys', async (t) => {
  const { page, server } = await openApp(t);
  for (const [key, check] of Object.entries(CHECKS)) {
    await t.test(key, async () => {
      await page.goto('about:blank');
      await page.goto(server.url);
      await page.evaluate(() => localStorage.clear());
      await page.reload();
      await waitForMap(page);
      await check(page);
    });
  }
  });

test('Tab moves the focus through the controls and never gets stuck', async (t) => {
  const { page } = await openApp(t, { path: '/?view=split' });
  await waitForMap(page);
  await page.getByRole('slider').first().waitFor();
  const seen = new Set();
  for (let k = 0; k < 40; k++) {
    await page.keyboard.press('Tab');
    seen.add(await page.evaluate(() => {
      const { activeElement: element } = document;
      return element?.getAttribute('data-testid') ?? element?.getAttribute('role') ?? element?.tagName;
    }));
  }
  for (const stop of ['library', 'map', 'run-progress', 'settings', 'colour-by', 'slider', 'grid']) assert.ok(seen.has(stop), `${stop} can be reached`);
  });

test('the list is the same map for who does not see it', async (t) => {
  const { page } = await openApp(t, { path: '/?view=split' });
  await waitForMap(page);
  const grid = page.getByRole('grid', { name: 'Sounds' });
  await grid.focus();
  await page.keyboard.press('ArrowDown');
  const first = await stateOf(page);
  assert.ok(first.current);
  assert.ok(await loudest(page, 300, () => page.keyboard.press('ArrowDown')) > 0.01);
  assert.notEqual((await stateOf(page)).current, first.current);
  await page.keyboard.press('Enter');
  await page.getByTestId('player').waitFor();
  const { selected } = await stateOf(page);
  const active = await grid.getAttribute('aria-activedescendant');
  assert.equal(await page.locator(`#${active}`).getAttribute('aria-selected'), 'true');
  assert.ok(selected);
  await page.getByTestId('sort-by').selectOption('duration_s');
  await page.waitForFunction(() => {
    const lengths = [...document.querySelectorAll('[role=row]')].map((row) => Number.parseFloat(row.querySelector('.number')?.textContent ?? ''))
      .filter((value) => !Number.isNaN(value));
    return lengths.length > 10 && lengths.every((value, k) => k === 0 || value >= lengths[k - 1]);
  });
  await page.keyboard.press('v');
  });

test('what is heard on the map stands in sight in the list', async (t) => {
  const { page } = await openApp(t);
  await waitForMap(page);
  for (const key of ['ArrowRight', 'ArrowRight', 'v']) await page.keyboard.press(key);
  const { current } = await stateOf(page);
  const row = page.locator('[role=row].current');
  await row.waitFor();
  await page.waitForFunction(() => {
    const [list, row] = ['[role=rowgroup]', '[role=row].current'].map((query) => document.querySelector(query)?.getBoundingClientRect());
    return list && row && row.top >= list.top - 1 && row.bottom <= list.bottom + 1;
  });
  assert.ok(current);
});

test('single keys can be switched off', async (t) => {
  const { page } = await openApp(t);
  await waitForMap(page);
  await page.getByTestId('settings').click();
  await page.getByRole('switch', { name: 'Single-key shortcuts' }).uncheck();
  await page.keyboard.press('Escape');
  assert.equal((await after(page, 'v')).view, 'map');
  });
