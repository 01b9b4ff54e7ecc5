/** Answers the requests of the HTTP API from a `World`, in the form that main_app gives them. */
import { POINTS_MEDIA_TYPE, PREVIEWS_MEDIA_TYPE, PREVIEWS_PER_BLOCK } from '@tonotope/shared/constants';
import { DESCRIPTORS } from './dataset.js';
import { encodePoints, encodePreviews } from './packing.js';
import { peaksOf, synthesise, wav } from './sounds.js';
import { FAILURES, World } from './world.js';

/** @typedef {import('node:http').IncomingMessage} Request */
/** @typedef {import('node:http').ServerResponse} Response */

const PREVIEW_S = 1;
const GAIN_DB = 3;
/** One sound that is a slice of another. */
export const SLICE = Object.freeze({ id: 100_007, parentId: 100_002, startS: 0.1, endS: 0.5, nSlices: 3 });
const CSRF_TOKEN = 'a-token-of-the-development-server';
const PASSWORD = 'listen';
const FOLDERS = /** @type {Record<string, string[]>} */ ({
  '/home/ada': ['Documents', 'Music', 'Samples'],
  '/home/ada/Documents': [],
  '/home/ada/Music': ['Albums', 'Field recordings'],
  '/home/ada/Samples': ['Drums', 'FX', 'Loops', 'Tonal', 'Voices'],
  '/samples': ['Studio library', 'Vintage drum machines'],
});
const N_AUDIO = /** @type {Record<string, number>} */ ({ '/home/ada/Samples': 214, '/home/ada/Music/Field recordings': 36 });

class Refusal extends Error {
  /** @param {number} status @param {string} code @param {string} message */
  constructor(status, code, message) {
    super(message);
    Object.assign(this, { status, code });
  }
}

/** @param {import('./world.js').Options} options */
export function createApi(options) {
  const world = new World(options);
  let isLoggedIn = !options.needsLogin;
  /** @type {Set<Response>} */
  const streams = new Set();
  world.listeners.push((kind, data) => {
    for (const stream of streams) send(stream, kind, data);
  });

  /** @type {[string, RegExp, (match: string[], url: URL, body: any, response: Response, request: Request) => unknown][]} */
  const routes = [
    ['POST', /^\/session$/, (_, __, body) => {
      if (body.password !== PASSWORD) throw new Refusal(401, 'denied', 'The name or the password is wrong.');
      isLoggedIn = true;
      return session();
    }],
    ['DELETE', /^\/session$/, () => {
      isLoggedIn = !options.needsLogin;
      return session();
    }],
    ['GET', /^\/folders$/, (_, url) => listFolder(url.searchParams.get('path') || '/home/ada')],
    ['GET', /^\/sources$/, () => [...world.sources.values()]],
    ['POST', /^\/sources$/, (_, __, body) => {
      const { source, run } = world.addSource(body.provider, body.config);
      return { source, run, map_id: source.map_id };
    }],
    ['DELETE', /^\/sources\/(\d+)$/, ([id]) => {
      const source = found(world.sources.get(Number(id)));
      world.sources.delete(Number(id));
      world.maps.delete(Number(source.map_id));
      return {};
    }],
    ['POST', /^\/sources\/(\d+)\/runs$/, ([id]) => world.startRun(found(world.sources.get(Number(id))))],
    ['GET', /^\/runs$/, () => {
      const runs = [...world.runs.values()].reverse();
      return { total: runs.length, runs };
    }],
    ['GET', /^\/runs\/(\d+)$/, ([id]) => found(world.runs.get(Number(id)))],
    ['GET', /^\/runs\/(\d+)\/failures$/, ([id], url) => {
      const failures = FAILURES.slice(0, found(world.runs.get(Number(id))).failed);
      const offset = Number(url.searchParams.get('offset'));
      return { total: failures.length, failures: failures.slice(offset, offset + Number(url.searchParams.get('limit'))) };
    }],
    ['POST', /^\/runs\/(\d+)\/cancel$/, ([id]) => {
      const run = found(world.runs.get(Number(id)));
      world.cancel(run);
      return run;
    }],
    ['POST', /^\/runs\/(\d+)\/retry$/, ([id]) =>
      world.startRun(found(world.sources.get(Number(found(world.runs.get(Number(id))).source_id))))],
    ['GET', /^\/jobs$/, (_, url) => world.jobs.list(url.searchParams)],
    ['GET', /^\/jobs\/summary$/, () => world.jobs.summary()],
    ['GET', /^\/jobs\/dead_letters$/, () => world.jobs.deadLetters()],
    ['GET', /^\/jobs\/(\w+)$/, ([id]) => jobOf(id)],
    ['POST', /^\/jobs\/(\w+)\/(retry|cancel)$/, ([id, wish]) => {
      const job = jobOf(id);
      const refusal = wish === 'retry' ? world.jobs.retry(job) : world.jobs.cancel(job);
      if (refusal) throw new Refusal(409, 'conflict', refusal);
      return wish === 'retry' ? { job } : job;
    }],
    ['GET', /^\/maps$/, () => [...world.maps.values()].map(({ map }) => map)],
    ['GET', /^\/maps\/(\d+)$/, ([id]) => found(world.maps.get(Number(id))).map],
    ['POST', /^\/maps\/(\d+)\/layouts$/, ([id]) => ({ run: world.layOutAgain(Number(id)) })],
    ['GET', /^\/maps\/(\d+)\/points$/, ([id], url, _, response) => {
      const state = found(world.maps.get(Number(id)));
      const frame = url.searchParams.get('frame');
      const layout = frame ? state.frames.get(frame) : state.layouts.get(Number(url.searchParams.get('layout')));
      return sendBytes(response, encodePoints(found(layout)), POINTS_MEDIA_TYPE);
    }],
    ['GET', /^\/maps\/(\d+)\/rows$/, ([id], url) => {
      const offset = Number(url.searchParams.get('offset'));
      const sounds = layoutOf(id, url).order.slice(offset, offset + Number(url.searchParams.get('limit')));
      return {
        audio_file_id: sounds.map((sound) => sound.id), name: sounds.map((sound) => sound.name),
        path: sounds.map((sound) => sound.path), duration_s: sounds.map((sound) => sound.durationS),
        cluster: sounds.map((sound) => sound.family), flags: sounds.map((sound) => sound.flags),
      };
    }],
    ['GET', /^\/maps\/(\d+)\/columns\/(\w+)$/, ([id, name], url, _, response) => {
      const spec = found(DESCRIPTORS.find((descriptor) => descriptor.name === name));
      const values = layoutOf(id, url).order.map((sound) => sound.descriptors[name]);
      if (spec.kind === 'category') {
        const categories = /** @type {string[]} */ ([...new Set(values.filter((value) => value !== null))].sort());
        return { categories, codes: values.map((value) => (value === null ? -1 : categories.indexOf(String(value)))) };
      }
      const column = Float32Array.from(values, (value) => (value === null ? Number.NaN : Number(value)));
      return sendBytes(response, Buffer.from(column.buffer), 'application/octet-stream');
    }],
    ['GET', /^\/maps\/(\d+)\/previews\/(\d+)$/, ([id, block], url, _, response) => {
      const start = Number(block) * PREVIEWS_PER_BLOCK;
      const clips = layoutOf(id, url).order.slice(start, start + PREVIEWS_PER_BLOCK)
        .map((sound) => ({ bytes: wav(synthesise(sound, PREVIEW_S)), gainDb: GAIN_DB, startS: 0 }));
      return sendBytes(response, encodePreviews(clips), PREVIEWS_MEDIA_TYPE);
    }],
    ['GET', /^\/descriptors$/, () => DESCRIPTORS],
    ['GET', /^\/audio-files\/(\d+)$/, ([id]) => describeFile(Number(id))],
    ['GET', /^\/audio-files\/(\d+)\/(audio|preview)$/, ([id, kind], _, __, response, request) => {
      const sound = soundOf(Number(id));
      const whole = id === String(SLICE.id) && kind === 'audio' ? soundOf(SLICE.parentId) : sound;
      return sendRange(request, response, wav(synthesise(whole, kind === 'audio' ? Infinity : PREVIEW_S)));
    }],
  ];

  const session = () => ({
    authenticated: isLoggedIn, username: isLoggedIn ? 'ada' : null, loopback: !options.needsLogin,
    csrf_token: CSRF_TOKEN, version: '0.1.0',
  });
  const jobOf = (/** @type {string} */ id) => found(world.jobs.jobs.find((job) => job.id === id));
  const layoutOf = (/** @type {string} */ id, /** @type {URL} */ url) =>
    found(found(world.maps.get(Number(id))).layouts.get(Number(url.searchParams.get('layout'))));
  const soundOf = (/** @type {number} */ id) =>
    found([...world.maps.values()].flatMap(({ sounds }) => sounds).find((sound) => sound.id === id));

  /** @param {number} id */
  function describeFile(id) {
    const sound = soundOf(id);
    const samples = synthesise(sound, Infinity);
    const parent = id === SLICE.id ? soundOf(SLICE.parentId) : null;
    const durationS = parent ? SLICE.endS - SLICE.startS : sound.durationS;
    const { format } = parent ?? sound;
    return {
      id, name: sound.name, path: `/samples/Studio library/${sound.path}`, source_id: 1, size_bytes: samples.byteLength + 44,
      content_hash: id.toString(16).padStart(64, '0'), duration_s: durationS, channels: 1, sample_rate_hz: 22_050,
      format, codec: format === 'flac' ? 'flac' : 'pcm_s16le', bit_depth: 16, flags: sound.flags,
      descriptors: sound.descriptors, peaks: peaksOf(samples, 800),
      preview: { mime: 'audio/wav', start_s: 0, duration_s: Math.min(PREVIEW_S, durationS), gain_db: GAIN_DB },
      mime: 'audio/wav', copies: id % 9 === 0 ? [`/samples/Backup/${sound.path}`] : [], playable: format !== 'aiff',
      n_slices: id === SLICE.parentId ? SLICE.nSlices : 0, n_events: id === SLICE.parentId ? SLICE.nSlices : 0,
      slice: parent && {
        parent_id: parent.id, parent_name: parent.name, parent_path: parent.path,
        start_s: SLICE.startS, end_s: SLICE.endS, number: 2, n_slices: SLICE.nSlices,
      },
    };
  }

  /**
   * @param {Request} request
   * @param {Response} response
   * @returns {Promise<boolean>} `false` when the path is not of the API
   */
  async function handle(request, response) {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (!url.pathname.startsWith('/api/v1/')) return false;
    const path = url.pathname.slice('/api/v1'.length);
    try {
      if (path === '/session' && request.method === 'GET') return sendJson(response, 200, session());
      if (!isLoggedIn && path !== '/session') throw new Refusal(401, 'denied', 'Please log in.');
      if (request.method !== 'GET' && request.headers['x-csrftoken'] !== CSRF_TOKEN) {
        throw new Refusal(403, 'csrf', 'The request did not come from this app.');
      }
      if (path === '/events') return openStream(response);
      for (const [method, pattern, answer] of routes) {
        const match = pattern.exec(path);
        if (!match || method !== request.method) continue;
        const result = answer(match.slice(1), url, await readBody(request), response, request);
        return response.writableEnded || response.headersSent ? true : sendJson(response, 200, result);
      }
      throw new Refusal(404, 'not_found', `There is nothing at ${path}.`);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, code, message } = /** @type {Refusal & { status: number, code: string }} */ (error);
      return sendJson(response, status, { code, message });
    }
  }

  /** @param {Response} response */
  function openStream(response) {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    for (const source of world.sources.values()) if (source.last_run) send(response, 'run', source.last_run);
    for (const { map } of world.maps.values()) send(response, 'map', map);
    streams.add(response);
    response.on('close', () => streams.delete(response));
    return true;
  }

  function stop() {
    world.stop();
    for (const stream of streams) stream.destroy();
  }
  return { handle, stop, world };
}

/** @template T @param {T | undefined | null} value @returns {T} */
function found(value) {
  if (value === undefined || value === null) throw new Refusal(404, 'not_found', 'It is not there (any more).');
  return value;
}

/** @param {string} path */
function listFolder(path) {
  const known = Object.keys(FOLDERS);
  const parentOf = path.split('/').slice(0, -1).join('/');
  if (!known.includes(path) && !FOLDERS[parentOf]?.includes(path.split('/').at(-1) ?? '')) {
    throw new Refusal(404, 'not_found', `There is no folder ${path}.`);
  }
  return {
    path, parent: known.includes(parentOf) ? parentOf : null,
    roots: [{ name: 'ada', path: '/home/ada' }, { name: 'samples', path: '/samples' }],
    folders: (FOLDERS[path] ?? []).map((name) => ({ name, path: `${path}/${name}` })),
    n_audio_files: N_AUDIO[path] ?? 0,
  };
}

/** @param {Request} request */
async function readBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return chunks.length ? JSON.parse(Buffer.concat(chunks).toString()) : {};
}

/** @param {Response} response @param {number} status @param {unknown} data */
function sendJson(response, status, data) {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(JSON.stringify(data));
  return true;
}

/** @param {Response} response @param {Buffer} bytes @param {string} type */
function sendBytes(response, bytes, type) {
  response.writeHead(200, { 'content-type': type, 'cache-control': 'public, max-age=31536000, immutable' });
  response.end(bytes);
  return true;
}

/** @param {Request} request @param {Response} response @param {Buffer} bytes */
function sendRange(request, response, bytes) {
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const start = range ? Number(range[1]) : 0;
  const end = range?.[2] ? Number(range[2]) : bytes.length - 1;
  response.writeHead(range ? 206 : 200, {
    'content-type': 'audio/wav', 'accept-ranges': 'bytes', 'x-content-type-options': 'nosniff',
    'content-length': end - start + 1,
    ...(range ? { 'content-range': `bytes ${start}-${end}/${bytes.length}` } : {}),
  });
  response.end(bytes.subarray(start, end + 1));
  return true;
}

/** @param {Response} response @param {string} kind @param {unknown} data */
function send(response, kind, data) {
  response.write(`event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`);
}
