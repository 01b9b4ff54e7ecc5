import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { openApp, waitForMap } from './app.js';

/** @typedef {import('playwright-core').Page} Page */
const THEMES = /** @type {('dark' | 'light')[]} */ (['dark', 'light']);

/** @param {Page} page @param {string} where */
async function assertAccessible(page, where) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${where}: ${id} at ${nodes.slice(0, 3).map(({ target, failureSummary }) => `${target}: ${failureSummary}`).join(' | ')}`);
  assert.deepEqual(grave, []);
}

for (const theme of THEMES) {
  test(`welcome and login have no serious fault, ${theme}`, async (t) => {
    const welcome = await openApp(t, { theme, server: { hasCollection: false } });
    await welcome.page.getByTestId('choose-folder').waitFor();
    await assertAccessible(welcome.page, 'welcome');
    await welcome.page.getByTestId('choose-folder').click();
    await welcome.page.getByRole('button', { name: 'Documents' }).waitFor();
    await assertAccessible(welcome.page, 'folder browser');
        const login = await openApp(t, { theme, server: { needsLogin: true } });
    await login.page.getByTestId('login').waitFor();
    await assertAccessible(login.page, 'login');
      });

  test(`the map and all around it have no serious fault, ${theme}`, async (t) => {
    const { page } = await openApp(t, { theme, path: '/?sound=100009' });
    await waitForMap(page);
    await page.getByTestId('player').waitFor();
    await assertAccessible(page, 'map');
    await page.getByTestId('legend').getByRole('button').first().click();
    await page.getByTestId('colour-by').selectOption('brightness');
    await page.waitForFunction(() => window.__tonotope.state.colourBy === 'brightness');
    await page.getByTestId('run-progress').click();
    await page.getByTestId('failures').waitFor();
    await assertAccessible(page, 'filter and drawer');
    await page.keyboard.press('Escape');
    await page.keyboard.press('v');
    await page.getByRole('row').nth(5).waitFor();
    await assertAccessible(page, 'split');
    await page.keyboard.press('?');
    await page.getByTestId('keys').waitFor();
    await assertAccessible(page, 'keys');
    await page.keyboard.press('Escape');
    await page.getByTestId('library').click();
    await assertAccessible(page, 'library');
    await page.keyboard.press('Escape');
    await page.getByTestId('settings').click();
    await assertAccessible(page, 'settings');
      });

  test(`the phone layout has no serious fault, ${theme}`, async (t) => {
    const { page } = await openApp(t, { theme, isPhone: true });
    await waitForMap(page);
    for (const tab of ['List', 'Sound', 'Colours']) {
      await page.getByRole('tab', { name: tab }).click();
      await assertAccessible(page, tab);
    }
      });
}
