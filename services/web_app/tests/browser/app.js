/** Opens the built app in Debian's Chromium against the development server, and fails on what a console hides. */
import { after } from 'node:test';
import { chromium } from 'playwright-core';
import { startDevServer } from '../dev_server.js';

/** @typedef {import('playwright-core').Page} Page */

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';
/** WebGL2 without a graphics card; sound only after a gesture, as people have it. */
const ARGUMENTS = [
  '--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader',
  '--autoplay-policy=user-gesture-required',
];
export const SIZE = { width: 1280, height: 800 };

const browser = await chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS });
after(() => browser.close());

/**
 * Closes by itself when the test ends, however it ends.
 *
 * @param {import('node:test').TestContext} t
 * @param {object} [options]
 * @param {import('../server/world.js').Options} [options.server]
 * @param {string} [options.path]
 * @param {'dark' | 'light'} [options.theme]
 * @param {boolean} [options.isPhone]
 * @param {boolean} [options.isMoving] motion takes time that most tests need not wait for
 */
export async function openApp(t, { server: serverOptions = {}, path = '/', theme = 'dark', isPhone = false, isMoving = false } = {}) {
  const server = await startDevServer({ nSounds: 600, tickMs: 60, ...serverOptions });
  const context = await browser.newContext({
    viewport: isPhone ? { width: 390, height: 844 } : SIZE, hasTouch: isPhone, colorScheme: theme,
    reducedMotion: isMoving ? 'no-preference' : 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  /** @type {string[]} */
  const faults = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    const isNetwork = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isNetwork) faults.push(message.text());
  });
  t.after(async () => {
    await context.close();
    await server.stop();
    if (faults.length) throw new Error(`The page reported: ${faults.join('\n')}`);
  });
  await page.goto(server.url + path);
  return { page, server, faults };
}

/**
 * @param {Page} page
 * @param {number} [count] of points on the map
 */
export async function waitForMap(page, count = 600) {
  await page.waitForFunction((n) => {
    const { state, pointsOnScreen } = window.__tonotope;
    return state.points === n && state.named === n && pointsOnScreen(1).length === 1;
  }, count);
}

/** @param {Page} page */
export function stateOf(page) {
  return page.evaluate(() => ({ ...window.__tonotope.state }));
}

/**
 * Points that nothing lies over, so that a pointer reaches them.
 *
 * @param {Page} page
 */
export function reachablePoints(page) {
  return page.evaluate(() => window.__tonotope.pointsOnScreen()
    .filter(({ x, y }) => document.elementFromPoint(x, y)?.getAttribute('data-testid') === 'map-canvas'));
}

/**
 * Listens from before `act` on: a short sound may be over before the next command reaches the page.
 *
 * @param {Page} page
 * @param {number} [forMs] to listen on after `act`
 * @param {() => Promise<unknown>} [act]
 * @returns {Promise<number>} the highest sample that went to the speakers meanwhile
 */
export async function loudest(page, forMs = 500, act = async () => {}) {
  const ear = await page.evaluateHandle(() => {
    const heard = { peak: 0, timer: 0 };
    heard.timer = window.setInterval(() => {
      heard.peak = Math.max(heard.peak, window.__tonotope.audio.peak());
    }, 10);
    return heard;
  });
  await act();
  await page.waitForTimeout(forMs);
  return ear.evaluate(({ peak, timer }) => {
    clearInterval(timer);
    return peak;
  });
}
