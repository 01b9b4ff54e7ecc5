/** That hovering makes sound is measured where the signal goes to the speakers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SLICE } from '../server/api.js';
import { loudest, openApp, reachablePoints, stateOf, waitForMap } from './app.js';

const AUDIBLE = 0.02;

test('hovering is silent before the first gesture, and the app says why', async (t) => {
  const { page } = await openApp(t);
  await waitForMap(page);
  const [point] = await reachablePoints(page);
  await page.mouse.move(point.x, point.y);
  await page.getByTestId('sound-hint').waitFor();
  assert.equal(await loudest(page, 200), 0);
  await page.mouse.click(640, 24);
  await page.getByTestId('sound-hint').waitFor({ state: 'detached' });
  });

test('hovering sounds, moving on sounds anew, resting ends in silence', async (t) => {
  const { page } = await openApp(t);
  await waitForMap(page);
  await page.keyboard.press('Shift');
  await page.waitForFunction(() => window.__tonotope.state.isSoundAllowed);
  assert.equal(await loudest(page, 200), 0, 'nothing plays by itself');
  const points = await reachablePoints(page);
  for (const point of [points[10], points[90], points[200]]) {
    assert.ok(await loudest(page, 500, () => page.mouse.move(point.x, point.y)) > AUDIBLE);
    assert.equal((await stateOf(page)).current, point.id);
  }
  await page.waitForTimeout(1300);
  assert.ok(await loudest(page, 150) < 0.001, 'previews end');
  assert.ok((await stateOf(page)).pcmBytes > 0);
  });

test('mute silences, is remembered, and is lifted by the same key', async (t) => {
  const { page } = await openApp(t);
  await waitForMap(page);
  await page.keyboard.press('m');
  let points = await reachablePoints(page);
  assert.ok(await loudest(page, 400, () => page.mouse.move(points[20].x, points[20].y)) < 0.001);
  await page.reload();
  await waitForMap(page);
  await page.keyboard.press('Shift');
  points = await reachablePoints(page);
  assert.ok(await loudest(page, 400, () => page.mouse.move(points[30].x, points[30].y)) < 0.001);
  await page.keyboard.press('m');
  assert.ok(await loudest(page, 500, () => page.mouse.move(points[60].x, points[60].y)) > AUDIBLE);
  });

test('the player plays the whole sound, seeks in it and loops it', async (t) => {
  const { page } = await openApp(t, { path: '/?sound=100002' });
  await waitForMap(page);
  const player = page.getByTestId('player');
  await player.getByRole('button', { name: 'Loop' }).click();
  await player.getByRole('button', { name: 'Play' }).click();
  assert.ok(await loudest(page, 500) > AUDIBLE);
  await page.waitForTimeout(2600);
  assert.ok(await loudest(page, 1500) > AUDIBLE, 'a loop has no end');
  await player.getByRole('button', { name: 'Pause' }).click();
  const place = player.getByRole('slider', { name: 'Place in the sound' });
  await place.press('Home');
  assert.equal(await place.getAttribute('aria-valuenow'), '0');
  await place.press('ArrowRight');
  await page.waitForFunction(() => Number(document.querySelector('[aria-label="Place in the sound"]')?.getAttribute('aria-valuenow')) > 0);
  });

test('what the browser cannot play is heard as a preview, and the player says so', async (t) => {
  const { page, server } = await openApp(t);
  await waitForMap(page);
  const [state] = server.world.maps.values();
  const aiff = state.sounds.find(({ format }) => format === 'aiff');
  await page.goto(`${server.url}/?sound=${aiff?.id}`);
  await page.getByTestId('player').getByText('cannot play AIFF').waitFor();
  await page.getByTestId('player').getByRole('button', { name: 'Play' }).click();
  assert.ok(await loudest(page, 400) > AUDIBLE);
  });

test('a slice sounds from its file, ends where it ends, and leads to its file', async (t) => {
  const { page } = await openApp(t, { path: `/?sound=${SLICE.id}` });
  await waitForMap(page);
  const slice = page.getByTestId('slice');
  await slice.getByText('Slice 2 of 3, 0.10–0.50 s of').waitFor();
  const player = page.getByTestId('player');
  await player.getByText(', slice 2').waitFor();
  await player.getByRole('button', { name: 'Play' }).click();
  assert.ok(await loudest(page, 300) > AUDIBLE);
  await player.getByRole('button', { name: 'Play' }).waitFor();
  assert.ok(await loudest(page, 300) < 0.001, 'the file goes on, the slice does not');
  await slice.getByRole('button').click();
  await page.getByTestId('inspector').getByText('3 slices of it lie on the map').waitFor();
  assert.equal(await slice.count(), 0);
  });
