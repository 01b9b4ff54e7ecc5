/**
 * Previews, ready before the pointer arrives: fetched by blocks of 64 neighbours, decoded one by one.
 *
 * Two caches: encoded blocks (small, from the network) and decoded clips (large, ready to sound). What was asked
 * for last is worked on first; what is no longer near is dropped from the queue.
 */
import { PREVIEWS_PER_BLOCK } from '@tonotope/shared/constants';
import { ByteLru } from './lru.js';

/** @typedef {import('../api/previews.js').EncodedClip} EncodedClip */
/** @typedef {{ buffer: AudioBuffer, gainDb: number, startS: number }} Clip */

const MAX_PCM_BYTES = 64 * 1024 * 1024;
const MAX_ENCODED_BYTES = 24 * 1024 * 1024;
const MAX_FETCHES = 3;
const MAX_DECODES = 3;
const BYTES_PER_SAMPLE = 4;

export class PreviewStore {
  /** @type {ByteLru<number, Clip | null>} by audio_file_id: outlives a change of layout */
  #clips = new ByteLru(MAX_PCM_BYTES);
  /** @type {ByteLru<number, EncodedClip[]>} by block of the current layout */
  #blocks = new ByteLru(MAX_ENCODED_BYTES);
  /** @type {Map<number, Promise<EncodedClip[]>>} */
  #fetching = new Map();
  /** @type {Map<number, Promise<Clip | null>>} */
  #decoding = new Map();
  /** @type {number[]} indices, the most wanted first */
  #wanted = [];
  #ids = /** @type {Uint32Array} */ (new Uint32Array(0));

  /**
   * @param {(block: number) => Promise<EncodedClip[]>} fetchBlock of the current layout
   * @param {(bytes: ArrayBuffer) => Promise<AudioBuffer>} decode
   */
  constructor(fetchBlock, decode) {
    this.fetchBlock = fetchBlock;
    this.decode = decode;
  }

  get pcmBytes() {
    return this.#clips.bytes;
  }

  /**
   * @param {Uint32Array} ids audio_file_id in point order of the layout whose blocks `fetchBlock` gives
   */
  setLayout(ids) {
    this.#ids = ids;
    this.#blocks.clear();
    this.#fetching.clear();
    this.#decoding.clear();
    this.#wanted = [];
  }

  /**
   * @param {number} index
   * @returns {Clip | null | undefined} `null`: it has none; `undefined`: not here yet
   */
  get(index) {
    return this.#clips.get(this.#ids[index]);
  }

  /**
   * @param {number} index
   * @returns {Promise<Clip | null>} rejects when it cannot be fetched
   */
  async load(index) {
    const ready = this.get(index);
    if (ready !== undefined) return ready;
    return this.#decodeClip(index);
  }

  /**
   * Reads ahead. Replaces what was wanted before.
   *
   * @param {readonly number[]} indices the most wanted first
   */
  prefetch(indices) {
    this.#wanted = indices.filter((index) => !this.#clips.has(this.#ids[index]));
    this.#work();
  }

  #work() {
    while (this.#decoding.size < MAX_DECODES && this.#wanted.length > 0) {
      const next = this.#wanted.findIndex((index) => !this.#decoding.has(index) && this.#canStart(index));
      if (next === -1) return;
      const [index] = this.#wanted.splice(next, 1);
      // Reading ahead is a courtesy: who really wants this clip asks by `load` and is told what went wrong.
      this.#decodeClip(index).then(() => this.#work(), () => undefined);
    }
  }

  /** @param {number} index */
  #canStart(index) {
    const block = Math.floor(index / PREVIEWS_PER_BLOCK);
    return this.#blocks.has(block) || this.#fetching.has(block) || this.#fetching.size < MAX_FETCHES;
  }

  /**
   * @param {number} index
   * @returns {Promise<Clip | null>}
   */
  #decodeClip(index) {
    const running = this.#decoding.get(index);
    if (running) return running;
    const ids = this.#ids;
    const job = this.#block(Math.floor(index / PREVIEWS_PER_BLOCK)).then(async (block) => {
      const encoded = block[index % PREVIEWS_PER_BLOCK];
      if (!encoded?.bytes) return this.#keep(ids[index], null, 0);
      // decodeAudioData takes its argument away, so it gets a copy.
      const buffer = await this.decode(encoded.bytes.slice().buffer);
      const { gainDb, startS } = encoded;
      const bytes = buffer.length * buffer.numberOfChannels * BYTES_PER_SAMPLE;
      return this.#keep(ids[index], { buffer, gainDb, startS }, bytes);
    });
    this.#decoding.set(index, job);
    const done = () => {
      if (this.#decoding.get(index) === job) this.#decoding.delete(index);
    };
    job.then(done, done);
    return job;
  }

  /**
   * @param {number} id
   * @param {Clip | null} clip
   * @param {number} bytes
   */
  #keep(id, clip, bytes) {
    this.#clips.set(id, clip, bytes);
    return clip;
  }

  /**
   * @param {number} block
   * @returns {Promise<EncodedClip[]>}
   */
  #block(block) {
    const known = this.#blocks.get(block);
    if (known) return Promise.resolve(known);
    const running = this.#fetching.get(block);
    if (running) return running;
    const ids = this.#ids;
    const job = this.fetchBlock(block).then((clips) => {
      const bytes = clips.reduce((sum, clip) => sum + (clip.bytes?.byteLength ?? 0), 0);
      if (ids === this.#ids) this.#blocks.set(block, clips, bytes);
      return clips;
    });
    this.#fetching.set(block, job);
    const done = () => {
      if (this.#fetching.get(block) === job) this.#fetching.delete(block);
    };
    job.then(done, done);
    return job;
  }
}
