/**
 * Plays the chosen sound in full, from the original bytes; where the browser cannot, its preview, and says so.
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
 */
export function createPlayer({ engine, api, element = new Audio() }) {
  const state = writable(/** @type {PlayerState} */ ({ sound: null, isPlaying: false, timeS: 0, isPreview: false, note: '' }));
  const loop = writable(false);
  element.preload = 'none';
  loop.subscribe((isLooping) => {
    element.loop = isLooping;
  });
  /** @param {Partial<PlayerState>} change */
  const change = (change) => state.update((before) => ({ ...before, ...change }));
  const startS = () => (get(state).isPreview ? (get(state).sound?.preview?.start_s ?? 0) : 0);

  element.addEventListener('play', () => change({ isPlaying: true }));
  element.addEventListener('pause', () => change({ isPlaying: false }));
  element.addEventListener('ended', () => change({ isPlaying: false, timeS: startS() }));
  element.addEventListener('timeupdate', () => change({ timeS: startS() + element.currentTime }));
  element.addEventListener('error', () => {
    const { sound, isPlaying, isPreview } = get(state);
    if (!sound || isPreview) {
      change({ isPlaying: false, note: sound ? 'This sound cannot be played here.' : '' });
      return;
    }
    usePreview(sound);
    if (isPlaying) void play();
  });

  /** @param {AudioFileDetails} sound */
  function usePreview(sound) {
    const kind = sound.format ? sound.format.toUpperCase() : 'this kind of file';
    change({ isPreview: true, note: `Your browser cannot play ${kind}: this is the preview`, timeS: sound.preview?.start_s ?? 0 });
    element.src = api.previewUrl(sound.id);
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
  }

  async function play() {
    if (!get(state).sound) return;
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
    const longest = Number.isFinite(element.duration) ? element.duration : (sound.duration_s ?? 0);
    const inElementS = Math.min(Math.max(0, timeS - startS()), longest);
    element.currentTime = inElementS;
    change({ timeS: startS() + inElementS });
  }

  return { state, loop, load, play, pause, toggle, seek, timeNow: () => startS() + element.currentTime };
}
