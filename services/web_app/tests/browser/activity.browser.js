/** The page of whoever runs the machine: runs, jobs, attempts, dead letters; once more, and no more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { startDevServer } from '../dev_server.js';
import { openApp, waitForMap } from './app.js';

/** @typedef {import('playwright-core').Page} Page */
const THEMES = /** @type {('dark' | 'light')[]} */ (['dark', 'light']);

/** @param {Page} page */
async function openActivity(page) {
  await waitForMap(page);
  await page.keyboard.press('a');
  const activity = page.getByTestId('activity');
  await activity.getByRole('table').waitFor();
  return activity;
}

/** @param {Page} page @param {string} where */
async function assertAccessible(page, where) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const grave = violations.filter(({ impact }) => impact !== 'minor')
    .map(({ id, nodes }) => `${where}: ${id} at ${nodes.slice(0, 3).map(({ target, failureSummary }) => `${target}: ${failureSummary}`).join(' | ')}`);
  assert.deepEqual(grave, []);
}

test('is reached from the library, from what is going on and by its key, and lets go of the page again', async (t) => {
  const { page } = await openApp(t);
  const activity = await openActivity(page);
  await page.keyboard.press('Escape');
  await activity.waitFor({ state: 'detached' });
  await page.getByTestId('library').click();
  await page.getByRole('button', { name: 'Activity' }).click();
  await activity.getByRole('button', { name: 'Close' }).click();
  await activity.waitFor({ state: 'detached' });
  await page.getByTestId('run-progress').click();
  await page.getByTestId('drawer').getByRole('button', { name: 'Activity' }).click();
  await activity.getByRole('table').waitFor();
});

test('tells of runs, lanes, attempts and reasons', async (t) => {
  const { page } = await openApp(t);
  const activity = await openActivity(page);
  await activity.getByTestId('activity-runs').getByText('Studio library').waitFor();
  const lane = activity.getByRole('article', { name: 'Audio analyzer, bulk' });
  await lane.getByText('1 job given up').waitFor();
  await activity.getByRole('button', { name: 'Failed 2' }).click();
  await activity.getByText('2 jobs', { exact: true }).waitFor();
  assert.equal(await activity.getByRole('rowgroup').count(), 3, 'the head and two jobs');
  const row = activity.getByRole('rowgroup').filter({ hasText: 'made its reader crash' });
  await row.getByText('3 of 3', { exact: true }).waitFor();
  await row.getByRole('button', { name: 'Listen to 16 sounds', exact: true }).click();
  await row.getByTestId('job-story').getByText('A worker lost it, so another took it over: given out for the 3rd time').waitFor();
  await row.getByText('16 files').click();
  await row.getByText('Field recordings/Surf (recovered).wav').waitFor();
  await row.getByText('Technical details').click();
  await row.getByText('Signal 11').waitFor();
});

test('one click tries a failed job again, says so, and shows what becomes of it', async (t) => {
  const { page } = await openApp(t);
  const activity = await openActivity(page);
  const row = activity.getByRole('rowgroup').filter({ hasText: 'took longer than the 10 min' });
  const id = await row.getAttribute('data-testid');
  await row.getByRole('button', { name: 'Retry' }).click();
  await activity.getByTestId('outcome').getByText('Sent again: Listen to 16 sounds, attempt 2 of 4.').waitFor();
  const again = activity.getByTestId(String(id));
  await again.getByText('2 of 4', { exact: true }).waitFor();
  await again.getByText('Done', { exact: true }).waitFor();
});

test('one click cancels a job; a wish that comes too late is refused in plain words', async (t) => {
  const { page, server } = await openApp(t);
  const activity = await openActivity(page);
  await activity.getByRole('rowgroup').filter({ hasText: 'waits' }).filter({ hasText: 'Waiting' }).first().getByRole('button', { name: 'Cancel' }).click();
  await activity.getByTestId('outcome').getByText('Cancelled: Listen to 16 sounds. Its files count as not read.').waitFor();
  const waiting = server.world.jobs.jobs.filter(({ state }) => state === 'waiting');
  assert.equal(waiting.length, 1);
  waiting[0].state = 'done';
  await activity.getByTestId(`job-${waiting[0].id}`).getByRole('button', { name: 'Cancel' }).click();
  await activity.getByTestId('outcome').getByText('This job has ended already').waitFor();
});

test('dead letters are listed, and tried again', async (t) => {
  const { page, server } = await openApp(t);
  const activity = await openActivity(page);
  await activity.getByRole('tab', { name: 'Dead letters 2' }).click();
  const letters = activity.getByTestId('dead-letters');
  await letters.getByText('byte 0 is no JSON').waitFor();
  assert.equal(await letters.getByRole('button').count(), 1, 'what names no job cannot be tried again');
  await letters.getByRole('button', { name: 'Retry: Listen to sounds' }).click();
  await activity.getByTestId('outcome').getByText('attempt 4 of 6').waitFor();
  assert.ok(server.world.jobs.jobs.some(({ attempt }) => attempt === 4));
});

test('follows what goes on, and a run can be stopped here', async (t) => {
  const { page, server } = await openApp(t);
  const activity = await openActivity(page);
  await activity.getByText('138 jobs').waitFor();
  server.world.jobs.fill(7);
  await activity.getByText('276 jobs').waitFor();
  server.world.tickMs = 2000;
  server.world.startRun([...server.world.sources.values()][0]);
  await activity.getByRole('button', { name: /^Stop run/ }).click();
  await activity.getByTestId('outcome').getByText('The run was stopped').waitFor();
  await activity.getByTestId('activity-runs').getByText('Stopped').waitFor();
});

test('shows the jobs of one run only, and more of them', async (t) => {
  const { page } = await openApp(t);
  const activity = await openActivity(page);
  assert.equal(await activity.getByRole('rowgroup').count(), 51);
  await activity.getByRole('button', { name: 'Show more' }).click();
  await activity.getByText('The newest 100 of 138 jobs').waitFor();
  await activity.getByTestId('activity-runs').getByRole('button', { name: /Studio library/ }).click();
  await activity.getByRole('button', { name: /Run 2/ }).click();
  await activity.getByRole('button', { name: /Run 2/ }).waitFor({ state: 'detached' });
});

test('says what to do when the server is gone, keeps what it knew, and comes back', async (t) => {
  const { page, server } = await openApp(t);
  const activity = await openActivity(page);
  const { port } = server;
  await server.stop();
  await activity.getByTestId('problem').getByText('Is it still running? What you see may be out of date.').waitFor();
  assert.ok(await activity.getByRole('table').isVisible());
  const again = await startDevServer({ port, nSounds: 600 });
  t.after(() => again.stop());
  await activity.getByTestId('problem').waitFor({ state: 'detached' });
  await page.close();
});

test('the keyboard alone finds a job, tries it again and leaves', async (t) => {
  const { page } = await openApp(t);
  const activity = await openActivity(page);
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(() => document.activeElement?.getAttribute('aria-label')?.startsWith('Retry'))) break;
  }
  await page.keyboard.press('Enter');
  await activity.getByTestId('outcome').getByText('Sent again').waitFor();
  await page.waitForFunction(() => document.activeElement?.textContent?.includes('Listen to'));
  const remembered = () => page.evaluate(() => JSON.stringify(window.localStorage));
  const before = await remembered();
  await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).blur());
  await page.keyboard.press('m');
  assert.equal(await remembered(), before, 'the keys of the map do nothing under a dialog');
  await page.keyboard.press('Escape');
  await activity.waitFor({ state: 'detached' });
});

for (const theme of THEMES) {
  test(`has no fault that axe finds, ${theme}`, async (t) => {
    const { page } = await openApp(t, { theme });
    const activity = await openActivity(page);
    await activity.getByRole('button', { name: 'Failed 2' }).click();
    await activity.getByText('2 jobs', { exact: true }).waitFor();
    await activity.getByRole('button', { name: 'Listen to 16 sounds', exact: true }).first().click();
    await activity.getByTestId('job-story').waitFor();
    await assertAccessible(page, 'jobs');
    await activity.getByRole('tab', { name: 'Dead letters' }).click();
    await activity.getByTestId('dead-letters').waitFor();
    await assertAccessible(page, 'dead letters');
  });

  test(`fits a phone, ${theme}`, async (t) => {
    const { page } = await openApp(t, { theme, isPhone: true });
    const activity = await openActivity(page);
    await assertAccessible(page, 'phone');
    const overflow = await activity.evaluate((dialog) => [...dialog.querySelectorAll('*')].some((part) => part.getBoundingClientRect().right > window.innerWidth + 1));
    assert.equal(overflow, false, 'nothing sticks out to the right');
  });
}
