/** Hearing a sound of the map: finds its preview, keeps the pace of the hand, and gives way to the player. */
import { writable } from 'svelte/store';
import { Pace } from './pace.js';

const STARTS_PER_SECOND = 15;

/**
 * @param {object} parts
 * @param {import('./engine.js').AudioEngine} parts.engine
 * @param {import('./preview_store.js').PreviewStore} parts.previews
 * @param {() => { trueLevel: boolean, loop: boolean }} parts.settings
 * @param {() => boolean} parts.isPlayerBusy a sound that somebody chose to play in full is not talked over
 * @param {(error: unknown) => void} parts.onError
 */
export function createAudition({ engine, previews, settings, isPlayerBusy, onError }) {
  const pace = new Pace(STARTS_PER_SECOND);
  /** Somebody tried to hear something before the browser allowed sound. */
  const wasSilenced = writable(false);
  let target = -1;

  /** @param {number} index */
  function hear(index) {
    target = index;
    if (isPlayerBusy()) return;
    if (engine.isLocked) {
      wasSilenced.set(true);
      return;
    }
    pace.run(() => start(index));
  }

  /** @param {number} index */
  function start(index) {
    const ready = previews.get(index);
    if (ready) {
      play(ready);
    } else if (ready === undefined) {
      previews.load(index).then((clip) => {
        if (clip && index === target) play(clip);
      }, onError);
    }
  }

  /** @param {import('./preview_store.js').Clip} clip */
  function play({ buffer, gainDb }) {
    const { trueLevel, loop } = settings();
    engine.play(buffer, { gain: trueLevel ? 10 ** (-gainDb / 20) : 1, loop });
  }

  function stop() {
    target = -1;
    pace.cancel();
    engine.stop();
  }

  engine.onChange(() => {
    if (!engine.isLocked) wasSilenced.set(false);
  });
  return { hear, stop, wasSilenced };
}
