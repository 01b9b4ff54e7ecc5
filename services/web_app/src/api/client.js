/** Speaks to main_app. Every failure becomes an `ApiError` whose message a person can act on. */
import { decodePoints } from './points.js';
import { decodePreviews } from './previews.js';

/** @typedef {import('./types.js').Session} Session */
/** @typedef {import('./types.js').Run} Run */
/** @typedef {import('./types.js').Source} Source */
/** @typedef {import('./types.js').SoundMap} SoundMap */
/** @typedef {string | number} Id */

/** `status` 0: no answer at all. */
export class ApiError extends Error {
  name = 'ApiError';

  /**
   * @param {string} message
   * @param {string} code
   * @param {number} status
   */
  constructor(message, code, status) {
    super(message);
    this.code = code;
    this.status = status;
  }

  get isUnreachable() {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

export class ApiClient {
  /** @param {string} [base] */
  constructor(base = '/api/v1') {
    this.base = base;
    this.csrfToken = '';
  }

  /** @returns {Promise<Session>} */
  async session() {
    return this.#keepToken(await this.#json('GET', '/session'));
  }

  /**
   * @param {string} username
   * @param {string} password
   * @returns {Promise<Session>}
   */
  async logIn(username, password) {
    return this.#keepToken(await this.#json('POST', '/session', { username, password }));
  }

  /** @returns {Promise<void>} */
  async logOut() {
    await this.#send('DELETE', '/session');
  }

  /** @param {string} [path] @returns {Promise<import('./types.js').Folders>} */
  folders(path) {
    return this.#json('GET', path ? `/folders?path=${encodeURIComponent(path)}` : '/folders');
  }

  /** @returns {Promise<Source[]>} */
  sources() {
    return this.#json('GET', '/sources');
  }

  /**
   * @param {{ provider: string, config: Record<string, string>, label?: string, parameters?: Record<string, object> }} source
   * @returns {Promise<{ source: Source, run: Run, map_id: Id }>}
   */
  addSource(source) {
    return this.#json('POST', '/sources', source);
  }

  /**
   * @param {Id} id
   * @param {{ isLeaving?: boolean }} [options] the page is being closed: finish the request all the same
   */
  async removeSource(id, { isLeaving = false } = {}) {
    await this.#send('DELETE', `/sources/${id}`, undefined, { keepalive: isLeaving });
  }

  /** @param {Id} sourceId @returns {Promise<Run>} */
  scanAgain(sourceId) {
    return this.#json('POST', `/sources/${sourceId}/runs`);
  }

  /** @param {number} limit @returns {Promise<{ total: number, runs: Run[] }>} of all sources, newest first */
  latestRuns(limit) {
    return this.#json('GET', `/runs?limit=${limit}`);
  }

  /** @param {Id} id @returns {Promise<Run>} */
  run(id) {
    return this.#json('GET', `/runs/${id}`);
  }

  /**
   * @param {Id} runId
   * @param {number} offset
   * @param {number} limit
   * @returns {Promise<{ total: number, failures: import('./types.js').Failure[] }>}
   */
  failures(runId, offset, limit) {
    return this.#json('GET', `/runs/${runId}/failures?offset=${offset}&limit=${limit}`);
  }

  /** @param {Id} runId */
  async cancelRun(runId) {
    await this.#send('POST', `/runs/${runId}/cancel`);
  }

  /** @param {Id} runId @returns {Promise<Run>} */
  retryRun(runId) {
    return this.#json('POST', `/runs/${runId}/retry`);
  }

  /**
   * @param {{ state?: string, run_id?: Id, limit: number }} choice
   * @returns {Promise<{ total: number, jobs: import('./types.js').Job[] }>} newest first
   */
  jobs(choice) {
    const given = Object.entries(choice).filter(([, value]) => value !== undefined).map(([name, value]) => [name, String(value)]);
    return this.#json('GET', `/jobs?${new URLSearchParams(given)}`);
  }

  /** @param {string} id @returns {Promise<import('./types.js').JobDetails>} */
  job(id) {
    return this.#json('GET', `/jobs/${id}`);
  }

  /** @returns {Promise<import('./types.js').LaneSummary[]>} */
  lanes() {
    return this.#json('GET', '/jobs/summary');
  }

  /** @param {number} limit @returns {Promise<{ total: number, dead_letters: import('./types.js').DeadLetter[] }>} newest first */
  deadLetters(limit) {
    return this.#json('GET', `/jobs/dead_letters?limit=${limit}`);
  }

  /** @param {string} id @returns {Promise<{ job: import('./types.js').Job | null }>} which job does it now */
  retryJob(id) {
    return this.#json('POST', `/jobs/${id}/retry`);
  }

  /** @param {string} id @returns {Promise<import('./types.js').Job>} */
  cancelJob(id) {
    return this.#json('POST', `/jobs/${id}/cancel`);
  }

  /** @returns {Promise<SoundMap[]>} */
  maps() {
    return this.#json('GET', '/maps');
  }

  /** @param {Id} mapId @returns {Promise<{ run: Run }>} */
  layOutAgain(mapId) {
    return this.#json('POST', `/maps/${mapId}/layouts`, { parameters: {} });
  }

  /**
   * @param {Id} mapId
   * @param {number} layoutId
   * @param {string} [frame]
   */
  async points(mapId, layoutId, frame) {
    const query = frame ? `layout=${layoutId}&frame=${encodeURIComponent(frame)}` : `layout=${layoutId}`;
    const response = await this.#send('GET', `/maps/${mapId}/points?${query}&sections=xy,cluster,id`);
    return decodePoints(await response.arrayBuffer());
  }

  /**
   * @param {Id} mapId
   * @param {number} layoutId
   * @param {number} offset
   * @param {number} limit
   * @returns {Promise<import('./types.js').Rows>}
   */
  rows(mapId, layoutId, offset, limit) {
    return this.#json('GET', `/maps/${mapId}/rows?layout=${layoutId}&offset=${offset}&limit=${limit}`);
  }

  /**
   * @param {Id} mapId
   * @param {number} layoutId
   * @param {string} descriptor
   * @returns {Promise<Float32Array | { categories: string[], codes: number[] }>} in point order
   */
  async column(mapId, layoutId, descriptor) {
    const response = await this.#send('GET', `/maps/${mapId}/columns/${descriptor}?layout=${layoutId}`);
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return isJson ? response.json() : new Float32Array(await response.arrayBuffer());
  }

  /**
   * @param {Id} mapId
   * @param {number} layoutId
   * @param {number} block
   */
  async previews(mapId, layoutId, block) {
    const response = await this.#send('GET', `/maps/${mapId}/previews/${block}?layout=${layoutId}`);
    return decodePreviews(await response.arrayBuffer());
  }

  /** @returns {Promise<import('./types.js').DescriptorSpec[]>} */
  descriptors() {
    return this.#json('GET', '/descriptors');
  }

  /** @param {number} id @returns {Promise<import('./types.js').AudioFileDetails>} */
  audioFile(id) {
    return this.#json('GET', `/audio-files/${id}`);
  }

  /** @param {number} id */
  audioUrl(id) {
    return `${this.base}/audio-files/${id}/audio`;
  }

  /** @param {number} id */
  previewUrl(id) {
    return `${this.base}/audio-files/${id}/preview`;
  }

  get eventsUrl() {
    return `${this.base}/events`;
  }

  /** @param {Session} session */
  #keepToken(session) {
    this.csrfToken = session.csrf_token;
    return session;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   */
  async #json(method, path, body) {
    return (await this.#send(method, path, body)).json();
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @param {RequestInit} [options]
   * @returns {Promise<Response>} only with a status of success
   * @throws {ApiError}
   */
  async #send(method, path, body, options = {}) {
    const headers = /** @type {Record<string, string>} */ ({});
    if (method !== 'GET') headers['X-CSRFToken'] = this.csrfToken;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    let response;
    try {
      response = await fetch(this.base + path, {
        method, headers, credentials: 'same-origin', ...options,
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    } catch (cause) {
      throw new ApiError('Tonotope does not answer. Is it still running?', 'unreachable', 0);
    }
    if (response.ok) return response;
    const said = await response.json().catch(() => ({}));
    const message = said.message || `Tonotope answered with an error (${response.status}).`;
    throw new ApiError(message, said.code || 'error', response.status);
  }
}
