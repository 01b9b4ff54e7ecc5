/**
 * Serves the built app and an API over synthetic sounds: for developing without the other services, and for tests.
 *
 *     node tests/dev_server.js [--port 8000] [--empty] [--login] [--sounds 2000] [--vite]
 *
 * With `--vite` the app is served from its sources and follows every change.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createApi } from './server/api.js';

export const DIST = process.env.WEB_APP_DIST ?? fileURLToPath(new URL('../dist', import.meta.url));
const TYPES = /** @type {Record<string, string>} */ ({
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml',
});
/** The policy that main_app sends: what breaks it must break here. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; worker-src 'self'; connect-src 'self'";

/**
 * @param {import('./server/world.js').Options & { port?: number }} [options]
 * @returns {Promise<{ url: string, port: number, world: import('./server/world.js').World, stop: () => Promise<void> }>}
 */
export async function startDevServer({ port = 0, ...options } = {}) {
  const api = createApi(options);
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => {
      console.error(error);
      response.destroy();
    });
  });

  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {import('node:http').ServerResponse} response
   */
  async function answer(request, response) {
    if (await api.handle(request, response)) return;
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    const file = extname(path) ? path : '/index.html';
    const bytes = await readFile(join(DIST, file)).catch(() => null);
    if (!bytes) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'content-security-policy': CONTENT_SECURITY_POLICY,
    });
    response.end(bytes);
  }

  await new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(undefined)));
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    world: api.world,
    stop: async () => {
      api.stop();
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8000' }, sounds: { type: 'string', default: '2000' },
      empty: { type: 'boolean', default: false }, login: { type: 'boolean', default: false },
      vite: { type: 'boolean', default: false },
    },
  });
  const server = await startDevServer({
    port: Number(values.port), nSounds: Number(values.sounds), hasCollection: !values.empty, needsLogin: values.login,
  });
  console.log(`Tonotope with synthetic sounds: ${server.url}`);
  if (values.vite) {
    process.env.API_URL = server.url;
    const { createServer: createViteServer } = await import('vite');
    const vite = await createViteServer({ root: fileURLToPath(new URL('..', import.meta.url)) });
    await vite.listen();
    vite.printUrls();
  }
}
