/**
 * The main job in a real browser on the real system: from the welcome to a map that sounds.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { AxeBuilder } from '@axe-core/playwright';

import { openBrowser, ROOT, startSystem } from './system.js';

const IMAGES = process.env.KEEP_IMAGES ? path.join(ROOT, 'docs', 'images') : null;
const DEMO_SOUNDS_AT_LEAST = 200;
const RUN_MS = 400_000;
const LISTEN_MS = 1500;
/** A peak of −46 dBFS: quiet, and far from silence. */
const AUDIBLE = 0.005;

/** @type {Awaited<ReturnType<typeof startSystem>>} */ let system;
/** @type {Awaited<ReturnType<typeof openBrowser>>} */ let window_;
/** @type {string[]} */ const complaints = [];

before(async () => {
  system = await startSystem();
  window_ = await openBrowser();
  window_.page.on('pageerror', (error) => complaints.push(String(error)));
  window_.page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
});

after(async () => {
  await window_?.browser.close();
  await system?.stop();
});

/** @param {string} name */
async function picture(name) {
  if (IMAGES) await window_.page.screenshot({ path: path.join(IMAGES, `${name}.png`) });
}

/** @param {string} where */
async function requireAccessible(where) {
  const { violations } = await new AxeBuilder({ page: window_.page }).analyze();
  const faults = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  assert.deepEqual(faults.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), [], where);
}

const state = () => window_.page.evaluate(() => window.__tonotope.state);

/** Points that no panel covers, where a person could put the pointer. */
const reachablePoints = () => window_.page.evaluate(() => {
  const canvas = document.querySelector('[data-testid="map-canvas"]');
  return window.__tonotope.pointsOnScreen(500).filter(({ x, y }) => document.elementFromPoint(x, y) === canvas);
});

test('the welcome says what to do', async () => {
  const { page } = window_;
  await page.goto(system.url);
  await page.getByTestId('welcome').waitFor();
  await page.getByTestId('choose-folder').waitFor();
  await requireAccessible('welcome');
  await picture('welcome-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.waitForTimeout(500); // colours fade over
  await requireAccessible('welcome, light');
  await picture('welcome-light');
  await page.emulateMedia({ colorScheme: 'dark' });
});

test('the demo collection becomes a map', { timeout: RUN_MS }, async () => {
  const { page } = window_;
  await page.getByTestId('demo').click();
  await page.getByTestId('map-canvas').waitFor();
  await page.waitForFunction((n) => window.__tonotope.state.points >= n, DEMO_SOUNDS_AT_LEAST, { timeout: RUN_MS });
  const answer = await page.request.get(`${system.url}/api/v1/maps`);
  const [map] = await answer.json();
  await page.waitForFunction(() => window.__tonotope.pointsOnScreen(500).length > 100);
  assert.ok(map.n_points >= DEMO_SOUNDS_AT_LEAST, `${map.n_points} points`);
  // A preview of all sounds may be there first: points move until the last layout stands.
  await page.waitForFunction(async () => {
    const sources = await (await fetch('/api/v1/sources')).json();
    return sources[0].last_run.state === 'done';
  }, null, { timeout: RUN_MS, polling: 500 });
  await page.waitForTimeout(1500);
});

/**
 * The loudest sample, 0…1, of all that leaves for the speakers while `act` is done and for a while after.
 *
 * @param {() => Promise<void>} act
 */
async function loudestWhile(act) {
  const { page } = window_;
  await page.evaluate(() => {
    window.loudest = 0;
    window.listening = setInterval(() => {
      window.loudest = Math.max(window.loudest, window.__tonotope.audio.peak());
    }, 10);
  });
  await act();
  await page.waitForTimeout(LISTEN_MS);
  return page.evaluate(() => {
    clearInterval(window.listening);
    return window.loudest;
  });
}

test('pointing at a sound makes it heard', async () => {
  const { page } = window_;
  await page.mouse.click(720, 300); // browsers let no page sound before a gesture
  await page.keyboard.press('Escape');
  await page.waitForTimeout(LISTEN_MS);
  assert.equal(await loudestWhile(async () => {}), 0, 'nothing plays by itself');
  const points = await reachablePoints();
  assert.ok(points.length > 20, `${points.length} points to point at`);
  const loudest = [];
  for (const { x, y } of points.slice(0, 5)) {
    loudest.push(await loudestWhile(() => page.mouse.move(x, y, { steps: 4 })));
  }
  assert.ok(loudest.filter((peak) => peak > AUDIBLE).length >= 4, `of 5 sounds these peaks were heard: ${loudest}`);
});

test('a click selects, and the player shows the sound', async () => {
  const { page } = window_;
  const [{ x, y }] = (await reachablePoints()).slice(10);
  await page.mouse.move(x, y, { steps: 4 });
  await page.mouse.click(x, y);
  await page.getByTestId('inspector').waitFor();
  await page.getByTestId('player').waitFor();
  assert.notEqual((await state()).selected, null);
});

test('the map is at rest, and looks as it should', { timeout: RUN_MS }, async () => {
  const { page } = window_;
  await requireAccessible('map');
  await picture('map-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.waitForTimeout(500);
  await requireAccessible('map, light');
  await picture('map-light');
  await page.emulateMedia({ colorScheme: 'dark' });
});

test('a reload keeps what was chosen', async () => {
  const { page } = window_;
  const before_ = await state();
  await page.reload();
  await page.waitForFunction((n) => window.__tonotope?.state.points === n, before_.points);
  await page.waitForFunction((id) => window.__tonotope.state.selected === id, before_.selected);
  const after_ = await state();
  assert.equal(after_.mapId, before_.mapId);
  assert.equal(after_.colourBy, before_.colourBy);
});

test('files that cannot be read are told, with their reasons', { timeout: RUN_MS }, async () => {
  const { page } = window_;
  mkdirSync(system.folder, { recursive: true });
  for (const name of ['shopping list.mp3', 'letter.wav', 'poem.flac']) {
    writeFileSync(path.join(system.folder, name), `No sound but a ${name}: milk, bread, cymbals.\n`.repeat(40));
  }
  writeFileSync(path.join(system.folder, 'empty.aiff'), '');
  const status = await page.evaluate(async (folder) => {
    const { csrf_token: token } = await (await fetch('/api/v1/session')).json();
    const answer = await fetch('/api/v1/sources', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-CSRFToken': token },
      body: JSON.stringify({ provider: 'local_folder', config: { folder }, label: 'Odd files' }),
    });
    return answer.status;
  }, system.folder);
  assert.equal(status, 201);
  await page.getByTestId('library').click();
  await page.getByRole('button', { name: /^Odd files/ }).click();
  await page.getByTestId('run-progress').click();
  const failures = page.getByTestId('failures');
  await failures.getByText('3', { exact: true }).first().waitFor({ timeout: RUN_MS });
  await failures.getByText('shopping list.mp3').first().waitFor(); // the largest group is open
  await requireAccessible('failures');
  await picture('failures-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.waitForTimeout(500);
  await requireAccessible('failures, light');
  await picture('failures-light');
});

test('nothing went wrong on the way', () => {
  assert.deepEqual(complaints, []);
});
