/** Sources, runs and what is remembered. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startDevServer } from '../dev_server.js';
import { openApp, reachablePoints, stateOf, waitForMap } from './app.js';

test('failures are told with reasons and paths, and can be tried again', async (t) => {
  const { page, server } = await openApp(t);
  await waitForMap(page);
  await page.getByTestId('run-progress').click();
  const failures = page.getByTestId('failures');
  await failures.getByText('Damaged').click();
  await failures.getByText('Drums/Kicks/Kick tape 03.flac').waitFor();
  await failures.getByText('No permission', { exact: true }).waitFor();
  server.world.tickMs = 2000; // a busy machine, too, must find the run still going on when it stops it
  await page.getByTestId('drawer').getByRole('button', { name: 'Try these again' }).click();
  await page.getByRole('progressbar').waitFor();
  await page.getByTestId('drawer').getByText('sounds/s').waitFor();
  await page.getByTestId('drawer').getByRole('button', { name: 'Stop' }).click();
  await page.getByTestId('drawer').getByText('Stopped').waitFor();
  });

test('a second source gets its own map, and the menu goes between them', async (t) => {
  const { page } = await openApp(t);
  await waitForMap(page);
  const first = (await stateOf(page)).mapId;
  await page.getByTestId('library').click();
  await page.getByRole('button', { name: 'Add the demo collection' }).click();
  await page.waitForFunction((id) => window.__tonotope.state.points === 600 && window.__tonotope.state.mapId !== id, first);
  await page.getByTestId('library').click();
  await page.getByRole('button', { name: /^Studio library/ }).click();
  await page.waitForFunction((id) => window.__tonotope.state.mapId === id, first);
  });

test('removing a source can be undone', async (t) => {
  const { page, server } = await openApp(t);
  await waitForMap(page);
  await page.getByTestId('library').click();
  await page.getByRole('button', { name: 'Remove Studio library' }).click();
  await page.getByTestId('welcome').waitFor();
  assert.equal(server.world.sources.size, 1, 'nothing is gone yet');
  await page.getByRole('button', { name: 'Undo' }).click();
  await waitForMap(page);
  assert.equal(server.world.sources.size, 1);
  });

test('a reload shows the same sound, camera, colours and view', async (t) => {
  const { page } = await openApp(t);
  await waitForMap(page);
  const points = await reachablePoints(page);
  await page.mouse.click(points[5].x, points[5].y);
  await page.getByTestId('colour-by').selectOption('brightness');
  await page.mouse.move(640, 300);
  await page.mouse.wheel(0, -300);
  await page.keyboard.press('v');
  await page.waitForFunction(() => window.location.search.includes('at=') && window.location.search.includes('view=split'));
  const before = await stateOf(page);
  await page.reload();
  await waitForMap(page);
  await page.waitForFunction((id) => window.__tonotope.state.selected === id, before.selected);
  const after = await stateOf(page);
  assert.deepEqual([after.view, after.colourBy], ['split', 'brightness']);
  for (const name of /** @type {const} */ (['x', 'y', 'zoom'])) {
    const [was, is] = [before.camera?.[name] ?? 0, after.camera?.[name] ?? 0];
    assert.ok(Math.abs(is - was) < 0.002 * Math.abs(was), `${name} was ${was}, is ${is}`);
  }
  });

test('says when the server is gone, and comes back by itself', async (t) => {
  const { page, server, faults } = await openApp(t);
  await waitForMap(page);
  const { port } = server;
  await server.stop();
  await page.getByTestId('connection-lost').waitFor();
  const again = await startDevServer({ port, nSounds: 600 });
  t.after(() => again.stop());
  await page.getByTestId('connection-lost').waitFor({ state: 'detached', timeout: 15_000 });
  assert.equal((await stateOf(page)).points, 600);
  assert.deepEqual(faults, []);
  await page.close();
  });

test('on a phone a tap chooses and the sheet shows it', async (t) => {
  const { page } = await openApp(t, { isPhone: true });
  await waitForMap(page);
  const points = (await reachablePoints(page)).filter(({ y }) => y > 100 && y < 360);
  await page.touchscreen.tap(points[3].x, points[3].y);
  await page.getByTestId('inspector').getByRole('heading', { name: /\.(wav|flac|aiff)$/ }).waitFor();
  assert.ok((await stateOf(page)).selected);
  });
