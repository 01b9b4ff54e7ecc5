/** Answers for one map with the shapes of the HTTP API, in memory: for tests of what the app's state makes of them. */

/** @typedef {import('../../src/api/types.js').SoundMap} SoundMap */
/** @typedef {{ ids: number[], cluster: number[], durations?: (number | null)[] }} Layout in point order */

/** @type {import('../../src/api/types.js').DescriptorSpec[]} */
const DESCRIPTORS = [
  { name: 'pitch_hz', title: 'Pitch', group: 'Pitch', unit: 'Hz', kind: 'number', scale: 'log', low: 20, high: 20480, description: '' },
  { name: 'key', title: 'Key', group: 'Pitch', unit: '', kind: 'category', scale: 'linear', low: null, high: null, description: '' },
];

/** @param {Partial<SoundMap>} parts @returns {SoundMap} */
export function mapOf(parts) {
  return {
    id: 5, title: 'Sounds', source_id: 1, layout_id: 1, layout_kind: 'fit', layout_version: 1, n_points: 3, bounds: [0, 0, 1, 1],
    clusters: [], run_id: null, ...parts,
  };
}

/**
 * Every request has a name, under which it is written down and can be held back or made to fail: `descriptors`,
 * `points LAYOUT`, `points LAYOUT FRAME`, `rows LAYOUT OFFSET LIMIT`, `column LAYOUT NAME`.
 *
 * Sound 30 is called `sound 30`, lasts 3 s, has a pitch of 300 Hz, and the k-th point of a layout lies k + 1 eighths
 * from the left and from the top.
 *
 * @param {Record<number, Layout>} layouts
 */
export function createMemoryApi(layouts) {
  const asked = /** @type {string[]} */ ([]);
  const failures = /** @type {Map<string, Error>} */ (new Map());
  const held = /** @type {Map<string, Promise<void>>} */ (new Map());

  /** @param {string} name @param {() => unknown} answer */
  async function arrive(name, answer) {
    asked.push(name);
    const content = answer();
    await held.get(name);
    const failure = failures.get(name);
    failures.delete(name);
    if (failure) throw failure;
    return content;
  }

  const api = {
    descriptors: () => arrive('descriptors', () => DESCRIPTORS),
    points: (/** @type {unknown} */ _map, /** @type {number} */ layout, /** @type {string} */ frame) =>
      arrive(frame ? `points ${layout} ${frame}` : `points ${layout}`, () => {
        const { ids, cluster } = layouts[layout];
        const xy = Float32Array.from({ length: 2 * ids.length }, (_, k) => (k % 2 ? 1 - (k + 1) / 16 : (k + 2) / 16));
        return { n: ids.length, bounds: [0, 0, 1, 1], xy, cluster: Uint8Array.from(cluster), ids: Uint32Array.from(ids) };
      }),
    rows: (/** @type {unknown} */ _map, /** @type {number} */ layout, /** @type {number} */ offset, /** @type {number} */ limit) =>
      arrive(`rows ${layout} ${offset} ${limit}`, () => {
        const ids = layouts[layout].ids.slice(offset, offset + limit);
        return {
          audio_file_id: ids,
          name: ids.map((id) => `sound ${id}`),
          path: ids.map((id) => `folder/sound ${id}.wav`),
          duration_s: layouts[layout].durations?.slice(offset, offset + limit) ?? ids.map((id) => id / 10),
          cluster: layouts[layout].cluster.slice(offset, offset + limit),
          flags: ids.map((id) => (id === 30 ? ['clipped'] : [])),
        };
      }),
    column: (/** @type {unknown} */ _map, /** @type {number} */ layout, /** @type {string} */ name) =>
      arrive(`column ${layout} ${name}`, () =>
        name === 'pitch_hz'
          ? Float32Array.from(layouts[layout].ids, (id) => 10 * id)
          : { categories: ['A minor', 'C major'], codes: layouts[layout].ids.map((_, k) => (k % 3) - (k % 3 === 2 ? 3 : 0)) }),
  };

  return {
    api: /** @type {import('../../src/api/client.js').ApiClient} */ (/** @type {unknown} */ (api)),
    asked, layouts,
    /** @param {string} name @param {Error} error */
    failNext: (name, error) => failures.set(name, error),
    /** @param {string} name @returns {() => void} lets it through */
    hold(name) {
      let release = () => {};
      held.set(name, new Promise((resolve) => (release = resolve)));
      return () => {
        held.delete(name);
        release();
      };
    },
    /** All that can happen without what is held has happened. */
    settled: () => new Promise((resolve) => void setTimeout(resolve, 0)),
  };
}
