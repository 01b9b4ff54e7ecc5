/**
 * The running system as a person starts it, and a browser in front of it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const READY = /^Tonotope is ready: (http:\/\/\S+)$/;
const READY_MS = 180_000;

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port to be had');
  return address.port;
}

/**
 * Start everything without a folder, in a data directory of its own.
 *
 * @returns {Promise<{ url: string, folder: string, stop: () => Promise<void> }>} with a folder that may be added
 */
export async function startSystem() {
  const data = mkdtempSync(path.join(tmpdir(), 'tonotope-'));
  const folder = path.join(data, 'sounds of somebody');
  const command = [
    '-m', 'launcher', 'explore', '--no-browser', '--data', data, '--port', String(await freePort()),
  ];
  const python = path.join(ROOT, '.venv', 'bin', 'python');
  const process_ = spawn(python, command, {
    cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ALLOWED_FOLDERS: data },
  });
  /** @type {string[]} */
  const lines = [];
  readline.createInterface({ input: process_.stderr }).on('line', (line) => lines.push(line));
  const url = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready in time: ${lines.join('\n')}`)), READY_MS);
    process_.once('exit', (code) => reject(new Error(`ended with ${code}: ${lines.join('\n')}`)));
    readline.createInterface({ input: process_.stdout }).on('line', (line) => {
      const ready = READY.exec(line);
      if (ready) {
        clearTimeout(timer);
        resolve(ready[1]);
      }
    });
  });
  const stop = async () => {
    process_.removeAllListeners('exit');
    if (process_.exitCode === null) {
      process_.kill('SIGTERM');
      await once(process_, 'exit');
    }
    rmSync(data, { recursive: true, force: true });
  };
  return { url, folder, stop };
}

/**
 * @param {{ colorScheme?: 'dark' | 'light', width?: number, height?: number }} [options]
 */
export async function openBrowser({ colorScheme = 'dark', width = 1440, height = 900 } = {}) {
  if (!existsSync(CHROMIUM)) throw new Error(`no Chromium at ${CHROMIUM}: run tools/debian_packages.sh`);
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync',
      '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader',
    ],
  });
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });
  return { browser, page: await context.newPage() };
}
