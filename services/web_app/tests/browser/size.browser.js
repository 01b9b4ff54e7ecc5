/** What a first visit downloads, as `vite build` left it in dist/. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DIST } from '../dev_server.js';
import { openApp, waitForMap } from './app.js';

const FIRST_LOAD_BYTES = 60 * 1024;
const CSS_BYTES = 20 * 1024;

/** @param {readonly string[]} files below dist/ */
async function gzipped(files) {
  const sizes = await Promise.all(files.map(async (file) => gzipSync(await readFile(join(DIST, file)), { level: 9 }).length));
  return sizes.reduce((sum, size) => sum + size, 0);
}

test('all JavaScript that the first map needs fits into 60 KB gzipped', async (t) => {
  const { page } = await openApp(t);
  await waitForMap(page);
  await page.waitForTimeout(500);
  const scripts = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)
    .filter((path) => path.endsWith('.js')));
  assert.ok(scripts.length >= 2);
  const bytes = await gzipped([...new Set(scripts)].map((path) => path.slice(1)));
  t.diagnostic(`first load: ${bytes} bytes of JavaScript, gzipped, in ${scripts.length} files`);
  assert.ok(bytes <= FIRST_LOAD_BYTES, `${bytes} bytes`);
  });

test('all styles together fit into 20 KB gzipped', async () => {
  const files = (await readdir(join(DIST, 'assets'))).filter((file) => file.endsWith('.css')).map((file) => `assets/${file}`);
  assert.ok(await gzipped(files) <= CSS_BYTES);
});

test('what nobody imports from shared/js is not in the bundle', async () => {
  const files = (await readdir(join(DIST, 'assets'))).filter((file) => file.endsWith('.js'));
  const code = (await Promise.all(files.map((file) => readFile(join(DIST, 'assets', file), 'utf8')))).join('\n');
  for (const unused of ['dedupe', 'bulk', 'vnd.tonotope']) assert.ok(!code.includes(unused), unused);
  assert.ok(code.includes('laying_out'), 'what is imported is there');
});
