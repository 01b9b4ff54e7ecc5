/** The map as it is drawn: a down-sampled picture of fixed data, and what lies under exact places. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { openApp, reachablePoints, stateOf, waitForMap } from './app.js';

const GOLDEN = new URL('./map_golden.json', import.meta.url);
const [COLUMNS, ROWS] = [64, 40];
const PICKS = [[500, 300], [620, 250], [560, 420], [700, 520], [450, 560], [760, 360], [600, 640], [480, 200]];

/**
 * The picture once it no longer changes: colours and landscape arrive a little after the points.
 *
 * @param {import('playwright-core').Page} page
 */
async function finishedPicture(page) {
  let before = await picture(page);
  for (;;) {
    await page.waitForTimeout(250);
    const now = await picture(page);
    if (now.every((value, k) => value === before[k]) && now.some((value) => value > 60)) return now;
    before = now;
  }
}

/**
 * The points and their landscape alone: names are drawn in whatever font a machine has.
 *
 * @param {import('playwright-core').Page} page
 * @returns {Promise<number[]>} RGB of 64 × 40 cells
 */
async function picture(page) {
  await page.evaluate(() => {
    const canvas = /** @type {HTMLElement} */ (document.querySelector('[data-testid=map-canvas]'));
    for (const element of document.querySelectorAll('#app *')) {
      if (element !== canvas && element instanceof HTMLElement && !element.contains(canvas)) element.style.visibility = 'hidden';
    }
  });
  const png = (await page.getByTestId('map-canvas').screenshot()).toString('base64');
  return page.evaluate(async ([data, columns, rows]) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: columns, height: rows });
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, 0, 0, Number(columns), Number(rows));
    const pixels = context.getImageData(0, 0, Number(columns), Number(rows)).data;
    return [...pixels].filter((_, k) => k % 4 !== 3);
  }, /** @type {[string, number, number]} */ ([png, COLUMNS, ROWS]));
}

test('looks as it did, and the same sounds lie in the same places', async (t) => {
  const { page } = await openApp(t);
  await waitForMap(page);
  const picks = [];
  for (const [x, y] of PICKS) {
    await page.mouse.move(x, y);
    picks.push((await stateOf(page)).current);
  }
  await page.keyboard.press('Escape');
  await page.reload();
  await waitForMap(page);
  const pixels = await finishedPicture(page);
  if (process.env.UPDATE_GOLDEN) await writeFile(GOLDEN, `${JSON.stringify({ picks, pixels })}\n`);
  const golden = JSON.parse(await readFile(GOLDEN, 'utf8'));
  assert.deepEqual(picks, golden.picks);
  const differences = pixels.map((value, k) => Math.abs(value - golden.pixels[k]));
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  assert.ok(mean < 2, `cells differ by ${mean.toFixed(2)} of 255 on average`);
  assert.ok(Math.max(...differences) < 48, `a cell differs by ${Math.max(...differences)} of 255`);
  });

test('every point is found exactly where it is drawn', async (t) => {
  const { page } = await openApp(t);
  await waitForMap(page);
  const points = await reachablePoints(page);
  assert.ok(points.length > 100);
  for (let k = 0; k < points.length; k += Math.floor(points.length / 25)) {
    await page.mouse.move(points[k].x, points[k].y);
    assert.equal((await stateOf(page)).current, points[k].id);
  }
  });

test('zooms around the pointer, moves with the hand, and finds its way back', async (t) => {
  const { page } = await openApp(t);
  await waitForMap(page);
  const before = (await stateOf(page)).camera;
  await page.mouse.move(640, 380);
  await page.mouse.wheel(0, -400);
  await page.waitForFunction((zoom) => (window.__tonotope.state.camera?.zoom ?? 0) > zoom * 1.5, before?.zoom ?? 0);
  const zoomed = (await stateOf(page)).camera;
  await page.mouse.down();
  await page.mouse.move(540, 330, { steps: 4 });
  await page.mouse.up();
  const moved = (await stateOf(page)).camera;
  assert.ok(moved && zoomed && Math.abs((moved.x - zoomed.x) * zoomed.zoom - 100) < 1);
  assert.equal((await stateOf(page)).selected, null, 'a drag is no click');
  await page.keyboard.press('0');
  await page.waitForFunction((zoom) => window.__tonotope.state.camera?.zoom === zoom, before?.zoom);
  });

test('comes back after the graphics context was lost', async (t) => {
  const { page } = await openApp(t);
  await waitForMap(page);
  const before = await finishedPicture(page);
  await page.evaluate(async () => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector('[data-testid=map-canvas]'));
    const extension = canvas.getContext('webgl2')?.getExtension('WEBGL_lose_context');
    extension?.loseContext();
    await new Promise((resolve) => setTimeout(resolve, 100));
    extension?.restoreContext();
  });
  const after = await finishedPicture(page);
  const differences = after.map((value, k) => Math.abs(value - before[k]));
  assert.ok(Math.max(...differences) < 12, `a cell differs by ${Math.max(...differences)} of 255`);
  });

test('colours by any value, and a filter leaves a trace of what it hides', async (t) => {
  const { page } = await openApp(t);
  await waitForMap(page);
  await page.getByTestId('colour-by').selectOption('spectral_centroid_hz');
  await page.getByTestId('legend').getByText('8.00 kHz').waitFor();
  await page.getByTestId('colour-by').selectOption('region');
  await page.getByTestId('legend').getByRole('button', { name: /Snares/ }).click();
  await page.waitForFunction(() => window.__tonotope.state.kept < 120);
  const inFilter = (await stateOf(page)).kept;
  await page.getByRole('slider', { name: 'Duration, to' }).focus();
  for (let k = 0; k < 32; k++) await page.keyboard.press('ArrowLeft');
  await page.waitForFunction((n) => window.__tonotope.state.kept < n, inFilter);
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  await page.waitForFunction(() => window.__tonotope.state.kept === 600);
  });

test('sounds keep their identity while a layout is computed and when it lands', async (t) => {
  const { page } = await openApp(t, { isMoving: true });
  await waitForMap(page);
  const points = await reachablePoints(page);
  await page.mouse.click(points[40].x, points[40].y);
  const { selected, layoutId } = await stateOf(page);
  await page.getByTestId('settings').click();
  await page.getByRole('button', { name: 'Lay the map out again' }).click();
  await page.waitForFunction((id) => window.__tonotope.state.layoutId !== id, layoutId);
  assert.equal((await stateOf(page)).selected, selected);
  });
