import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApp, stateOf, waitForMap } from './app.js';

test('the demo collection is one click away, and its map builds up live', async (t) => {
  const { page } = await openApp(t, { server: { hasCollection: false } });
  await page.getByTestId('demo').click();
  await page.getByRole('progressbar').waitFor();
  await waitForMap(page);
  await page.getByTestId('run-progress').getByText('8 could not be read').waitFor();
  assert.equal((await stateOf(page)).points, 600);
  });

test('a folder is found by going through folders', async (t) => {
  const { page, server } = await openApp(t, { server: { hasCollection: false } });
  await page.getByTestId('choose-folder').click();
  await page.getByRole('button', { name: 'Samples', exact: true }).click();
  await page.getByText('214 sounds right here').waitFor();
  await page.getByRole('navigation').getByRole('button', { name: 'ada' }).click();
  await page.getByRole('button', { name: 'Samples', exact: true }).click();
  await page.getByText('214 sounds right here').waitFor();
  await page.getByTestId('use-folder').click();
  await waitForMap(page);
  assert.deepEqual([...server.world.sources.values()].map(({ config }) => config), [{ folder: '/home/ada/Samples' }]);
  });

test('a path can be typed, and a wrong one is explained', async (t) => {
  const { page } = await openApp(t, { server: { hasCollection: false } });
  await page.getByTestId('choose-folder').click();
  const path = page.getByLabel('Path of the folder');
  await page.getByRole('button', { name: 'Documents' }).waitFor();
  await path.fill('/nowhere');
  await path.press('Enter');
  await page.getByRole('alert').getByText('There is no folder /nowhere.').waitFor();
  await path.fill('/home/ada/Music');
  await path.press('Enter');
  await page.getByRole('button', { name: 'Field recordings' }).waitFor();
  });

test('who is not logged in is asked to, and a wrong password is told', async (t) => {
  const { page } = await openApp(t, { server: { needsLogin: true } });
  await page.getByLabel('Name').fill('ada');
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('alert').getByText('wrong').waitFor();
  await page.getByLabel('Password').fill('listen');
  await page.getByRole('button', { name: 'Log in' }).click();
  await waitForMap(page);
  });
