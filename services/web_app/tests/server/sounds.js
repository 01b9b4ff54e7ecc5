/** Families of synthetic sounds for the development server: heard, measured and placed like a sample library. */
import { createRandom } from './random.js';

/**
 * @typedef {object} Family
 * @property {string} label
 * @property {string} folder
 * @property {string[]} words of file names
 * @property {number} share of the collection
 * @property {[number, number]} centre in the unit square
 * @property {number} spread
 * @property {number} bend how much the region curves
 * @property {[number, number]} pitchHz
 * @property {[number, number]} durationS
 * @property {number} noise 0 tone … 1 noise
 * @property {number} decay 1/s
 * @property {boolean} isLoop
 */

/** @type {readonly Family[]} */
export const FAMILIES = [
  { label: 'Deep kicks', folder: 'Drums/Kicks', words: ['Kick', 'BD', '808'], share: 12, centre: [0.18, 0.28], spread: 0.05, bend: 0.9, pitchHz: [42, 70], durationS: [0.25, 0.6], noise: 0.05, decay: 9, isLoop: false },
  { label: 'Snares', folder: 'Drums/Snares', words: ['Snare', 'SD', 'Rim'], share: 11, centre: [0.34, 0.2], spread: 0.045, bend: 0.6, pitchHz: [160, 240], durationS: [0.15, 0.45], noise: 0.7, decay: 14, isLoop: false },
  { label: 'Bright hats', folder: 'Drums/Hats', words: ['Hat closed', 'Hat open', 'HH'], share: 13, centre: [0.58, 0.14], spread: 0.05, bend: 1.2, pitchHz: [6000, 9000], durationS: [0.06, 0.4], noise: 1, decay: 26, isLoop: false },
  { label: 'Claps', folder: 'Drums/Claps', words: ['Clap', 'Snap'], share: 5, centre: [0.45, 0.29], spread: 0.022, bend: 0.4, pitchHz: [900, 1400], durationS: [0.2, 0.5], noise: 0.9, decay: 16, isLoop: false },
  { label: 'Toms and congas', folder: 'Drums/Percussion', words: ['Tom', 'Conga', 'Bongo'], share: 7, centre: [0.24, 0.43], spread: 0.03, bend: 0.8, pitchHz: [80, 220], durationS: [0.2, 0.6], noise: 0.12, decay: 8, isLoop: false },
  { label: 'Metal and bells', folder: 'Tonal/Bells', words: ['Bell', 'Gong', 'Chime'], share: 7, centre: [0.79, 0.3], spread: 0.035, bend: 1.1, pitchHz: [500, 2200], durationS: [0.6, 1.6], noise: 0.02, decay: 3, isLoop: false },
  { label: 'Sub bass', folder: 'Tonal/Bass', words: ['Bass', 'Sub', 'Reese'], share: 9, centre: [0.13, 0.63], spread: 0.04, bend: 0.7, pitchHz: [35, 110], durationS: [0.5, 1.4], noise: 0.02, decay: 2, isLoop: false },
  { label: 'Plucks', folder: 'Tonal/Plucks', words: ['Pluck', 'Guitar', 'Harp'], share: 8, centre: [0.46, 0.56], spread: 0.045, bend: 0.9, pitchHz: [110, 660], durationS: [0.4, 1.1], noise: 0.03, decay: 5, isLoop: false },
  { label: 'Warm pads', folder: 'Tonal/Pads', words: ['Pad', 'Strings', 'Choir'], share: 9, centre: [0.36, 0.8], spread: 0.05, bend: 1, pitchHz: [110, 330], durationS: [1.2, 2.4], noise: 0.05, decay: 0.4, isLoop: false },
  { label: 'Voices', folder: 'Voices', words: ['Vox', 'Ah', 'Shout'], share: 6, centre: [0.64, 0.71], spread: 0.035, bend: 0.5, pitchHz: [150, 420], durationS: [0.4, 1.3], noise: 0.15, decay: 1.6, isLoop: false },
  { label: 'Wind and rain', folder: 'Field recordings', words: ['Rain', 'Wind', 'Surf'], share: 7, centre: [0.86, 0.58], spread: 0.045, bend: 0.8, pitchHz: [300, 1200], durationS: [1.5, 2.6], noise: 1, decay: 0.2, isLoop: false },
  { label: 'Drum loops', folder: 'Loops/Drums', words: ['Break', 'Groove', 'Beat'], share: 6, centre: [0.66, 0.42], spread: 0.03, bend: 0.6, pitchHz: [60, 180], durationS: [1.6, 2.4], noise: 0.5, decay: 10, isLoop: true },
  { label: 'Risers and sweeps', folder: 'FX', words: ['Riser', 'Sweep', 'Whoosh'], share: 5, centre: [0.76, 0.84], spread: 0.03, bend: 1.4, pitchHz: [200, 900], durationS: [1, 2.2], noise: 0.6, decay: 0.6, isLoop: false },
];

export const SAMPLE_RATE_HZ = 22_050;

/**
 * @param {import('./dataset.js').Sound} sound
 * @param {number} maxS
 * @returns {Int16Array} mono, beginning with the attack
 */
export function synthesise(sound, maxS) {
  const random = createRandom(sound.id * 7919);
  const { noise, decay, isLoop } = FAMILIES[sound.family];
  const n = Math.floor(Math.min(maxS, sound.durationS) * SAMPLE_RATE_HZ);
  const samples = new Int16Array(n);
  const beatS = 60 / 124;
  let low = 0;
  for (let i = 0; i < n; i++) {
    const time = i / SAMPLE_RATE_HZ;
    const hit = isLoop ? time % (beatS / 2) : time;
    const pitchHz = sound.pitchHz * (1 + (decay > 8 ? 0.8 * Math.exp(-hit * 40) : 0));
    const phase = 2 * Math.PI * pitchHz * hit;
    const tone = Math.sin(phase) + 0.35 * Math.sin(2 * phase) + 0.2 * Math.sin(3.01 * phase);
    low += 0.5 * (2 * random.uniform() - 1 - low);
    const grain = sound.pitchHz > 3000 ? 2 * random.uniform() - 1 - low : low * 2;
    const fade = Math.min(1, (n - i) / (0.01 * SAMPLE_RATE_HZ));
    samples[i] = 9000 * fade * Math.exp(-hit * decay) * ((1 - noise) * tone + noise * grain);
  }
  return samples;
}

/**
 * @param {Int16Array} samples
 * @returns {Buffer} a WAV file
 */
export function wav(samples) {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(SAMPLE_RATE_HZ, 24);
  header.writeUInt32LE(2 * SAMPLE_RATE_HZ, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([header, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)]);
}

/**
 * @param {Int16Array} samples
 * @param {number} n
 * @returns {{ n: number, data: string }} lowest and highest sample of n spans, int8 in base64
 */
export function peaksOf(samples, n) {
  const bytes = new Int8Array(2 * n);
  for (let k = 0; k < n; k++) {
    let [low, high] = [0, 0];
    const end = Math.ceil(((k + 1) * samples.length) / n);
    for (let i = Math.floor((k * samples.length) / n); i < end; i++) {
      low = Math.min(low, samples[i]);
      high = Math.max(high, samples[i]);
    }
    bytes[2 * k] = Math.max(-127, (low / 12_000) * 127);
    bytes[2 * k + 1] = Math.min(127, (high / 12_000) * 127);
  }
  return { n, data: Buffer.from(bytes.buffer).toString('base64') };
}
