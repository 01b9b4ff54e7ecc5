/**
 * Makes previews sound: one voice at a time, cross-faded, limited, within a few milliseconds of being asked.
 *
 *     source ─ fade ─┐
 *     source ─ fade ─┼─ limiter ─┬─ volume ─ probe ─ speakers
 *     <audio> ───────┴───────────┘
 *
 * Browsers let a page sound only after a click or a key; until then the engine is `isLocked`.
 */
import { LIMITER_RANGE, limiterCurve } from './limiter.js';

export const CROSSFADE_S = 0.006;
/** Against the click of a sound that starts from silence; short enough to leave an attack alone. */
const SOFT_START_S = 0.001;
const STOP_FADE_S = 0.03;
const PROBE_SAMPLES = 2048;

/** @typedef {{ source: AudioBufferSourceNode, fade: GainNode, startedAt: number, durationS: number }} Voice */

export class AudioEngine {
  /** @type {AudioContext | null} */
  context = null;
  /** @type {AnalyserNode | null} behind everything: what it sees is what is heard */
  probe = null;
  /** @type {Voice | null} */
  #voice = null;
  #muted = false;
  #volume = 1;
  /** @type {GainNode | null} */
  #out = null;
  /** @type {GainNode | null} */
  #mix = null;
  #samples = new Float32Array(PROBE_SAMPLES);
  /** @type {WeakSet<HTMLMediaElement>} */
  #connected = new WeakSet();
  #listeners = /** @type {Set<() => void>} */ (new Set());

  get isLocked() {
    return this.context?.state !== 'running';
  }

  /** Call it in the handler of a click or a key; again is harmless. */
  async unlock() {
    this.#build();
    const context = /** @type {AudioContext} */ (this.context);
    if (context.state !== 'running') await context.resume();
    this.#changed();
  }

  /**
   * @param {AudioBuffer} buffer
   * @param {{ gain?: number, loop?: boolean }} [options]
   * @returns {boolean} `false` while the browser does not allow sound
   */
  play(buffer, { gain = 1, loop = false } = {}) {
    if (this.isLocked || !this.context || !this.#mix) return false;
    const now = this.context.currentTime;
    const wasSounding = this.level > 0;
    this.#fadeOut(CROSSFADE_S);
    const fade = new GainNode(this.context, { gain: 0 });
    const source = new AudioBufferSourceNode(this.context, { buffer, loop });
    source.connect(fade).connect(this.#mix);
    fade.gain.setValueAtTime(0, now);
    fade.gain.linearRampToValueAtTime(gain, now + (wasSounding ? CROSSFADE_S : SOFT_START_S));
    source.start(now);
    const voice = { source, fade, startedAt: now, durationS: loop ? Infinity : buffer.duration };
    source.onended = () => {
      source.disconnect();
      fade.disconnect();
      if (this.#voice === voice) {
        this.#voice = null;
        this.#changed();
      }
    };
    this.#voice = voice;
    this.#changed();
    return true;
  }

  stop() {
    this.#fadeOut(STOP_FADE_S);
    this.#changed();
  }

  get isPlaying() {
    return this.#voice !== null;
  }

  /** How far the current preview has been played, 0…1; 0 when nothing plays. */
  get heard() {
    if (!this.#voice || !this.context) return 0;
    return Math.min(1, (this.context.currentTime - this.#voice.startedAt) / this.#voice.durationS);
  }

  /** The highest sample of the last 40 ms as it goes to the speakers, 0…1. */
  get level() {
    if (!this.probe || this.isLocked) return 0;
    this.probe.getFloatTimeDomainData(this.#samples);
    let peak = 0;
    for (const sample of this.#samples) peak = Math.max(peak, Math.abs(sample));
    return peak;
  }

  /** @param {boolean} muted */
  setMuted(muted) {
    this.#muted = muted;
    this.#applyVolume();
  }

  /** @param {number} volume 0…1, as a fader: 0.5 is about half as loud */
  setVolume(volume) {
    this.#volume = volume;
    this.#applyVolume();
  }

  /**
   * Lets an audio element sound through the same volume, limiter and probe.
   *
   * @param {HTMLMediaElement} element
   */
  connect(element) {
    if (!this.context || !this.#mix || this.#connected.has(element)) return;
    this.context.createMediaElementSource(element).connect(this.#mix);
    this.#connected.add(element);
  }

  /**
   * @param {() => void} listener told when a sound starts, ends, or sound becomes possible
   * @returns {() => void} stops listening
   */
  onChange(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #build() {
    if (this.context) return;
    const context = new AudioContext({ latencyHint: 'interactive' });
    this.context = context;
    this.#mix = new GainNode(context, { gain: 1 / LIMITER_RANGE });
    const limiter = new WaveShaperNode(context, { curve: limiterCurve() });
    this.#out = new GainNode(context);
    this.probe = new AnalyserNode(context, { fftSize: PROBE_SAMPLES });
    this.#mix.connect(limiter).connect(this.#out).connect(this.probe).connect(context.destination);
    context.addEventListener('statechange', () => this.#changed());
    this.#applyVolume();
  }

  #applyVolume() {
    if (!this.#out || !this.context) return;
    const gain = this.#muted ? 0 : this.#volume ** 2;
    this.#out.gain.setTargetAtTime(gain, this.context.currentTime, 0.01);
  }

  /** @param {number} seconds */
  #fadeOut(seconds) {
    const voice = this.#voice;
    if (!voice || !this.context) return;
    const now = this.context.currentTime;
    voice.fade.gain.cancelScheduledValues(now);
    voice.fade.gain.setValueAtTime(voice.fade.gain.value, now);
    voice.fade.gain.linearRampToValueAtTime(0, now + seconds);
    voice.source.stop(now + seconds);
    this.#voice = null;
  }

  #changed() {
    for (const listener of this.#listeners) listener();
  }
}
