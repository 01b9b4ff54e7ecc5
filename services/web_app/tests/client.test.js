import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient, ApiError } from '../src/api/client.js';
import { PackedFormatError } from '../src/api/points.js';
import { encodePoints, encodePreviews } from './server/packing.js';

/** @typedef {{ status?: number, type?: string, body?: string | Buffer }} Answer */

const requests = /** @type {{ method?: string, url?: string, token?: string | string[], type?: string, body: string }[]} */ ([]);
let answers = /** @type {Answer[]} */ ([]);
const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const { method, url, headers } = request;
  requests.push({ method, url, token: headers['x-csrftoken'], type: headers['content-type'], body });
  const { status = 200, type = 'application/json', body: content = '{}' } = answers.shift() ?? {};
  response.writeHead(status, { 'content-type': type, connection: 'close' }).end(content);
});
/** @type {ApiClient} */
let api;

beforeAll(async () => {
  await new Promise((resolve) => void server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  api = new ApiClient(`http://127.0.0.1:${port}/api/v1`);
});
afterAll(() => void server.close());
afterEach(() => {
  requests.length = 0;
  answers = [];
});

const json = (/** @type {unknown} */ content, status = 200) => ({ status, body: JSON.stringify(content) });

describe('requests', () => {
  it('that change something carry the token of the session, the latest one', async () => {
    answers = [json({ csrf_token: 'first' }), json({ csrf_token: 'second', username: 'ada' }), json({ id: 3 })];
    await api.session();
    expect(await api.logIn('ada', 'secret')).toMatchObject({ username: 'ada' });
    await api.scanAgain(7);
    expect(requests).toEqual([
      { method: 'GET', url: '/api/v1/session', token: undefined, type: undefined, body: '' },
      { method: 'POST', url: '/api/v1/session', token: 'first', type: 'application/json', body: '{"username":"ada","password":"secret"}' },
      { method: 'POST', url: '/api/v1/sources/7/runs', token: 'second', type: undefined, body: '' },
    ]);
  });
  it('go where the contract has them', async () => {
    answers = Array.from({ length: 12 }, () => json([]));
    await api.folders();
    await api.folders('/my sounds & more');
    await api.addSource({ provider: 'demo_collection', config: {} });
    await api.removeSource(4, { isLeaving: true });
    await api.failures(9, 50, 25);
    await api.cancelRun(9);
    await api.retryRun(9);
    await api.layOutAgain(2);
    await api.rows(2, 11, 5000, 5000);
    await api.descriptors();
    await api.audioFile(33);
    await api.logOut();
    expect(requests.map(({ method, url, body }) => `${method} ${url?.replace('/api/v1', '')} ${body}`.trim())).toEqual([
      'GET /folders', 'GET /folders?path=%2Fmy%20sounds%20%26%20more', 'POST /sources {"provider":"demo_collection","config":{}}',
      'DELETE /sources/4', 'GET /runs/9/failures?offset=50&limit=25', 'POST /runs/9/cancel', 'POST /runs/9/retry',
      'POST /maps/2/layouts {"parameters":{}}', 'GET /maps/2/rows?layout=11&offset=5000&limit=5000', 'GET /descriptors',
      'GET /audio-files/33', 'DELETE /session',
    ]);
  });
  it('about jobs go where the contract has them', async () => {
    answers = Array.from({ length: 8 }, () => json([]));
    await api.latestRuns(12);
    await api.jobs({ limit: 50 });
    await api.jobs({ state: 'failed', run_id: 7, limit: 100 });
    await api.job('0f');
    await api.lanes();
    await api.deadLetters(100);
    await api.retryJob('0f');
    await api.cancelJob('0f');
    expect(requests.map(({ method, url }) => `${method} ${url?.replace('/api/v1', '')}`)).toEqual([
      'GET /runs?limit=12', 'GET /jobs?limit=50', 'GET /jobs?state=failed&run_id=7&limit=100', 'GET /jobs/0f', 'GET /jobs/summary',
      'GET /jobs/dead_letters?limit=100', 'POST /jobs/0f/retry', 'POST /jobs/0f/cancel',
    ]);
  });
  it('for sounds have an address that an audio element can use', () => {
    const relative = new ApiClient();
    expect([relative.audioUrl(5), relative.previewUrl(5), relative.eventsUrl]).toEqual([
      '/api/v1/audio-files/5/audio', '/api/v1/audio-files/5/preview', '/api/v1/events',
    ]);
  });
});

describe('answers in bytes', () => {
  const packed = encodePoints({
    x: Uint16Array.of(0, 65535), y: Uint16Array.of(0, 65535), cluster: Uint8Array.of(3, 255), ids: Uint32Array.of(8, 9), bounds: [0, 0, 1, 1],
  });
  it('are points, of a layout or of a frame of it', async () => {
    answers = [{ type: 'application/vnd.tonotope.points', body: packed }, { type: 'application/vnd.tonotope.points', body: packed }];
    expect(await api.points(2, 11)).toMatchObject({ n: 2, xy: Float32Array.of(0, 0, 1, 1), ids: Uint32Array.of(8, 9) });
    await api.points(2, 11, 'a/b=');
    expect(requests.map(({ url }) => url)).toEqual([
      '/api/v1/maps/2/points?layout=11&sections=xy,cluster,id', '/api/v1/maps/2/points?layout=11&frame=a%2Fb%3D&sections=xy,cluster,id',
    ]);
  });
  it('are refused when they are cut short', async () => {
    answers = [{ type: 'application/vnd.tonotope.points', body: packed.subarray(0, 40) }];
    await expect(api.points(2, 11)).rejects.toThrow(PackedFormatError);
  });
  it('are previews', async () => {
    answers = [{ type: 'application/vnd.tonotope.previews', body: encodePreviews([{ bytes: Buffer.of(1, 2), gainDb: -3, startS: 0.5 }]) }];
    expect(await api.previews(2, 11, 6)).toEqual([{ bytes: Uint8Array.of(1, 2), gainDb: -3, startS: 0.5 }]);
    expect(requests[0].url).toBe('/api/v1/maps/2/previews/6?layout=11');
  });
  it('are numbers, or words with codes', async () => {
    answers = [
      { type: 'application/octet-stream', body: Buffer.from(Float32Array.of(1.5, Number.NaN).buffer) },
      { type: 'application/json; charset=utf-8', body: '{"categories":["A"],"codes":[0,-1]}' },
    ];
    expect(await api.column(2, 11, 'pitch_hz')).toEqual(Float32Array.of(1.5, Number.NaN));
    expect(await api.column(2, 11, 'key')).toEqual({ categories: ['A'], codes: [0, -1] });
  });
});

describe('failures', () => {
  const failure = (/** @type {Promise<unknown>} */ request) => request.then(
    () => { throw new Error('it succeeded'); },
    (error) => /** @type {ApiError} */ (error),
  );
  it('say what the server said', async () => {
    answers = [json({ code: 'denied', message: 'You may not read /root' }, 403)];
    const error = await failure(api.folders('/root'));
    expect(error).toBeInstanceOf(ApiError);
    expect([error.message, error.code, error.status, error.isUnreachable]).toEqual(['You may not read /root', 'denied', 403, false]);
  });
  it('say something even when the server does not', async () => {
    answers = [{ status: 500, type: 'text/html', body: '<h1>Oh</h1>' }, json({}, 429)];
    expect(await failure(api.sources())).toMatchObject({ message: 'Tonotope answered with an error (500).', code: 'error', status: 500 });
    expect(await failure(api.sources())).toMatchObject({ message: 'Tonotope answered with an error (429).', status: 429 });
  });
  it.each([502, 503, 504])('with status %d mean that nobody is there yet', async (status) => {
    answers = [json({ code: 'unavailable', message: 'starting' }, status)];
    expect((await failure(api.maps())).isUnreachable).toBe(true);
  });
  it('to connect are an error of the same kind', async () => {
    // Port 1 is nobody's: the connection is refused.
    const error = await failure(new ApiClient('http://127.0.0.1:1/api/v1').session());
    expect(error).toBeInstanceOf(ApiError);
    expect([error.code, error.status, error.isUnreachable]).toEqual(['unreachable', 0, true]);
  });
});
