/**
 * Plays the chosen sound in full, from the original bytes; where the browser cannot, its preview, and says so.
 * Of a slice the original is the whole file: it is played from the slice's beginning to its end.
 */
import { get, writable } from 'svelte/store';

/** @typedef {import('../api/types.js').AudioFileDetails} AudioFileDetails */
/**
 * @typedef {object} PlayerState
 * @property {AudioFileDetails | null} sound
 * @property {boolean} isPlaying
 * @property {number} timeS a place in the sound, also while its preview plays
 * @property {boolean} isPreview
 * @property {string} note why not everything can be heard
 */

/**
 * @param {object} parts
 * @param {import('./engine.js').AudioEngine} parts.engine
 * @param {import('../api/client.js').ApiClient} parts.api
 * @param {HTMLAudioElement} [parts.element]
 * @param {(look: () => void) => void} [parts.soon] calls back with the next picture: ends of slices are met to 20 ms
 */
export function createPlayer({ engine, api, element = new Audio(), soon = (look) => requestAnimationFrame(look) }) {
  const state = writable(/** @type {PlayerState} */ ({ sound: null, isPlaying: false, timeS: 0, isPreview: false, note: '' }));
  const loop = writable(false);
  element.preload = 'none';
  /** @param {Partial<PlayerState>} change */
  const change = (change) => state.update((before) => ({ ...before, ...change }));
  /** The slice that sounds from its file; null for whole sounds and for previews. */
  const slice = () => (get(state).isPreview ? null : (get(state).sound?.slice ?? null));
  /** Where in the element the sound begins; negative for a preview, which leaves out what was before it. */
  const originS = () => (get(state).isPreview ? -(get(state).sound?.preview?.start_s ?? 0) : (slice()?.start_s ?? 0));
  const timeNow = () => Math.max(0, element.currentTime - originS());
  const loopElement = () => {
    element.loop = get(loop) && slice() === null;
  };
  loop.subscribe(loopElement);

  element.addEventListener('play', () => {
    change({ isPlaying: true });
    watchEnd();
  });
  element.addEventListener('pause', () => change({ isPlaying: false }));
  element.addEventListener('ended', () => change({ isPlaying: false, timeS: Math.max(0, -originS()) }));
  element.addEventListener('timeupdate', () => {
    if (!stopAtEnd()) change({ timeS: timeNow() });
  });
  element.addEventListener('error', () => {
    const { sound, isPlaying, isPreview } = get(state);
    if (!sound || isPreview) {
      change({ isPlaying: false, note: sound ? 'This sound cannot be played here.' : '' });
      return;
    }
    usePreview(sound);
    if (isPlaying) void play();
  });

  /** Ends a slice where it ends, or begins it again; gives whether it has. */
  function stopAtEnd() {
    const part = slice();
    if (part === null || !get(state).isPlaying || element.currentTime < part.end_s) return false;
    element.currentTime = part.start_s;
    if (!get(loop)) pause();
    change({ timeS: 0 });
    return true;
  }

  function watchEnd() {
    if (slice() === null || !get(state).isPlaying) return;
    stopAtEnd();
    soon(watchEnd);
  }

  /** @param {AudioFileDetails} sound */
  function usePreview(sound) {
    const kind = sound.format ? sound.format.toUpperCase() : 'this kind of file';
    change({ isPreview: true, note: `Your browser cannot play ${kind}: this is the preview`, timeS: sound.preview?.start_s ?? 0 });
    element.src = api.previewUrl(sound.id);
    loopElement();
  }

  /** @param {AudioFileDetails | null} sound */
  function load(sound) {
    if (sound?.id === get(state).sound?.id) return;
    element.pause();
    change({ sound, isPlaying: false, timeS: 0, isPreview: false, note: '' });
    if (!sound) {
      element.removeAttribute('src');
    } else if (sound.playable) {
      element.src = api.audioUrl(sound.id);
    } else {
      usePreview(sound);
    }
    loopElement();
  }

  async function play() {
    if (!get(state).sound) return;
    const part = slice();
    if (part && (element.currentTime < part.start_s || element.currentTime >= part.end_s)) element.currentTime = part.start_s;
    await engine.unlock();
    engine.connect(element);
    engine.stop();
    change({ isPlaying: true });
    try {
      await element.play();
    } catch (error) {
      // A broken source is told by the element's error event; a new source or a pause ends the promise as well.
      if (!(error instanceof DOMException)) throw error;
    }
  }

  function pause() {
    element.pause();
    change({ isPlaying: false });
  }

  function toggle() {
    if (get(state).isPlaying) pause();
    else void play();
  }

  /** @param {number} timeS a place in the sound */
  function seek(timeS) {
    const { sound } = get(state);
    if (!sound) return;
    const part = slice();
    const longest = part?.end_s ?? (Number.isFinite(element.duration) ? element.duration : (sound.duration_s ?? 0));
    const inElementS = Math.min(Math.max(part?.start_s ?? 0, timeS + originS()), longest);
    element.currentTime = inElementS;
    change({ timeS: inElementS - originS() });
  }

  return { state, loop, load, play, pause, toggle, seek, timeNow };
}
