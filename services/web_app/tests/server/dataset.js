/** A collection of synthetic sounds: where they lie, what they are called, what was measured in them. */
import { FAMILIES } from './sounds.js';
import { mortonCode } from './packing.js';
import { createRandom } from './random.js';

/**
 * @typedef {object} Sound
 * @property {number} id
 * @property {number} family
 * @property {string} name
 * @property {string} path
 * @property {number} durationS
 * @property {number} pitchHz
 * @property {string} format
 * @property {string[]} flags
 * @property {Record<string, number | string | null>} descriptors
 * @property {[number, number]} place in the finished layout
 * @property {[number, number]} preview in the first, coarse layout
 */
/** @typedef {ReturnType<typeof createLayout>} Layout */

const KEYS = ['C', 'C#', 'D', 'Eb', 'E', 'F', 'F#', 'G', 'Ab', 'A', 'Bb', 'B'];

/** @type {import('../../src/api/types.js').DescriptorSpec[]} */
export const DESCRIPTORS = [
  number('loudness_lufs', 'Loudness', 'level', 'LUFS', -50, -5, 'Integrated loudness.'),
  number('true_peak_dbtp', 'True peak', 'level', 'dBTP', -30, 1, 'Highest level between the samples too.'),
  number('crest_factor_db', 'Crest factor', 'level', 'dB', 3, 30, 'Sample peak over RMS.'),
  number('duration_s', 'Duration', 'envelope', 's', 0.05, 10, 'Length of the file.', 'log'),
  number('attack_time_s', 'Attack', 'envelope', 's', 0.001, 2, 'Rise to the loudest level.', 'log'),
  number('brightness', 'Brightness', 'spectrum', '', 0, 1, 'Share of the energy above 1.5 kHz.'),
  number('noisiness', 'Noisiness', 'spectrum', '', 0, 1, '0 for a tone, near 1 for noise.'),
  number('spectral_centroid_hz', 'Spectral centroid', 'spectrum', 'Hz', 100, 8000, 'Centre of gravity.', 'log'),
  number('pitch_hz', 'Pitch', 'pitch', 'Hz', 40, 2000, 'Median fundamental frequency.', 'log'),
  { ...number('key', 'Key', 'harmony', '', null, null, 'Key that the chroma follows best.'), kind: 'category' },
  number('bpm', 'Tempo', 'rhythm', 'bpm', 60, 180, 'Beats a minute.'),
];

/**
 * @param {string} name
 * @param {string} title
 * @param {string} group
 * @param {string} unit
 * @param {number | null} low
 * @param {number | null} high
 * @param {string} description
 * @param {'linear' | 'log'} [scale]
 * @returns {import('../../src/api/types.js').DescriptorSpec}
 */
function number(name, title, group, unit, low, high, description, scale = 'linear') {
  return { name, title, group, unit, kind: 'number', scale, low, high, description };
}

/**
 * @param {number} n
 * @param {number} [firstId]
 * @param {number} [seed]
 * @returns {Sound[]}
 */
export function createSounds(n, firstId = 1, seed = 11) {
  const random = createRandom(seed);
  const shares = FAMILIES.map((family) => family.share);
  const total = shares.reduce((sum, share) => sum + share, 0);
  const sounds = [];
  for (let k = 0; k < n; k++) {
    let at = random.uniform() * total;
    let index = 0;
    while (at > shares[index] && index < shares.length - 1) at -= shares[index++];
    sounds.push(createSound(firstId + k, index, random));
  }
  return sounds;
}

/**
 * @param {number} id
 * @param {number} index of the family
 * @param {ReturnType<typeof createRandom>} random
 * @returns {Sound}
 */
function createSound(id, index, random) {
  const family = FAMILIES[index];
  const along = random.uniform() - 0.5;
  const turn = index * 1.7 + along * 2.4 * family.bend;
  const length = family.spread * (1.6 + 1.9 * Math.abs(along));
  const place = /** @type {[number, number]} */ ([
    family.centre[0] + Math.cos(turn) * length * Math.sign(along) + random.normal() * family.spread * 0.42,
    family.centre[1] + Math.sin(turn) * length * Math.sign(along) + random.normal() * family.spread * 0.42,
  ]);
  if (random.uniform() < 0.035) {
    place[0] += random.normal() * 0.09;
    place[1] += random.normal() * 0.09;
  }
  const depth = Math.min(1, Math.max(0, 0.5 + along + 0.1 * random.normal()));
  const [lowHz, highHz] = family.pitchHz;
  const pitchHz = lowHz * (highHz / lowHz) ** depth;
  const durationS = family.durationS[0] + (family.durationS[1] - family.durationS[0]) * random.uniform() ** 1.5;
  const isTonal = family.noise < 0.3;
  const format = random.pick(['wav', 'wav', 'wav', 'flac', 'aiff']);
  const word = random.pick(family.words);
  const tail = isTonal && !family.isLoop ? ` ${random.pick(KEYS)}` : family.isLoop ? ' 124' : '';
  const name = `${word} ${String(id).padStart(4, '0')}${tail}.${format}`;
  const brightness = Math.min(1, Math.max(0, Math.log2(pitchHz / 40) / 9 + family.noise * 0.25 + 0.04 * random.normal()));
  return {
    id, family: index, name, durationS, pitchHz, format,
    path: `${family.folder}/${name}`,
    flags: random.uniform() < 0.04 ? ['clipped'] : [],
    place: /** @type {[number, number]} */ (place.map((value) => Math.min(0.995, Math.max(0.005, value)))),
    preview: [
      Math.min(0.98, Math.max(0.02, 0.15 + 0.7 * brightness + 0.05 * random.normal())),
      Math.min(0.98, Math.max(0.02, 0.2 + 0.25 * durationS + 0.07 * random.normal())),
    ],
    descriptors: {
      loudness_lufs: -9 - 16 * random.uniform() - family.noise * 4,
      true_peak_dbtp: -6 * random.uniform(),
      crest_factor_db: 5 + family.decay * 0.6 + 3 * random.uniform(),
      duration_s: durationS,
      attack_time_s: family.decay > 6 ? 0.002 + 0.006 * random.uniform() : 0.02 + 0.4 * random.uniform(),
      brightness,
      noisiness: Math.min(1, Math.max(0, family.noise + 0.08 * random.normal())),
      spectral_centroid_hz: 120 * 60 ** brightness,
      pitch_hz: isTonal ? pitchHz : null,
      key: isTonal && !family.isLoop ? `${random.pick(KEYS)} ${random.pick(['major', 'minor'])}` : null,
      bpm: family.isLoop ? random.pick([120, 124, 128]) : null,
    },
  };
}

/**
 * @param {number} id
 * @param {Sound[]} sounds
 * @param {'place' | 'preview'} which
 */
export function createLayout(id, sounds, which) {
  const scaled = sounds.map((sound) => {
    const [x, y] = sound[which].map((value) => Math.round(value * 65_535));
    return { sound, x, y, code: mortonCode(x, y) };
  });
  scaled.sort((a, b) => a.code - b.code || a.sound.id - b.sound.id);
  const order = scaled.map(({ sound }) => sound);
  return {
    id,
    order,
    x: Uint16Array.from(scaled, ({ x }) => x),
    y: Uint16Array.from(scaled, ({ y }) => y),
    ids: Uint32Array.from(order, (sound) => sound.id),
    cluster: Uint8Array.from(order, (sound) => sound.family),
    bounds: /** @type {[number, number, number, number]} */ ([-10, -10, 10, 10]),
    clusters: describeClusters(order, which),
  };
}

/**
 * @param {Sound[]} sounds
 * @param {'place' | 'preview'} which
 */
function describeClusters(sounds, which) {
  return FAMILIES.map((family, id) => {
    const members = sounds.filter((sound) => sound.family === id);
    const mean = (/** @type {0 | 1} */ axis) =>
      members.reduce((sum, sound) => sum + sound[which][axis], 0) / Math.max(1, members.length);
    return { id, label: family.label, size: members.length, x: 20 * mean(0) - 10, y: 20 * mean(1) - 10 };
  }).filter(({ size }) => size > 0);
}
