/** Puts the parts of the app together. No part knows this module; components get its result from their context. */
import { derived, get, readable, writable } from 'svelte/store';
import { formatDuration } from '@tonotope/shared/utils';
import { ApiClient, ApiError } from './api/client.js';
import { createAudition } from './audio/audition.js';
import { AudioEngine } from './audio/engine.js';
import { createPlayer } from './audio/player.js';
import { PreviewStore } from './audio/preview_store.js';
import { ReadAhead } from './audio/read_ahead.js';
import { GridIndex } from './map/grid_index.js';
import { readPlace } from './state/address.js';
import { createCollection } from './state/collection.js';
import { createColouring } from './state/colouring.js';
import { createExploration } from './state/exploration.js';
import { createFiltering } from './state/filtering.js';
import { createLibrary } from './state/library.js';
import { createNotices } from './state/notices.js';
import { browserStorage, createPreferences } from './state/preferences.js';

/** @typedef {ReturnType<typeof createApp>} App */
/** @typedef {import('./map/map_view.js').MapView} MapView */

/** Previews are decoded at this rate before any context exists; a context resamples on its own when it differs. */
const DECODE_RATE_HZ = 48_000;
const DETAILS_KEPT = 200;

export function createApp() {
  const api = new ApiClient();
  const preferences = createPreferences(browserStorage());
  const notices = createNotices();
  const session = writable(/** @type {import('./api/types.js').Session | null} */ (null));
  const isUnreachable = writable(false);
  const place = readPlace(window.location.search);
  const view = writable(place.view);
  const announcement = writable('');
  const prefersDark = mediaQuery('(prefers-color-scheme: dark)');
  const reducedMotion = mediaQuery('(prefers-reduced-motion: reduce)');
  const theme = derived([preferences, prefersDark], ([{ theme: wish }, dark]) =>
    /** @type {'dark' | 'light'} */ (wish === 'auto' ? (dark ? 'dark' : 'light') : wish));

  /** @param {unknown} error */
  function onError(error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401) session.update((now) => (now ? { ...now, authenticated: false } : now));
    else if (error.isUnreachable) isUnreachable.set(true);
    else notices.show(error.message);
  }

  const collection = createCollection({ api, onError });
  const library = createLibrary({ api, onError, onFrame: (frame) => void collection.showFrame(frame) });
  const filtering = createFiltering(collection, onError);
  const { name: colourBy, colouring } = createColouring(collection, theme, onError);
  if (place.colour) colourBy.set(place.colour);

  const engine = new AudioEngine();
  const decoder = new OfflineAudioContext(1, 1, DECODE_RATE_HZ);
  const previews = new PreviewStore(
    (block) => {
      const sounds = get(collection.current);
      return sounds ? api.previews(sounds.mapId, sounds.layoutId, block) : Promise.resolve([]);
    },
    (bytes) => decoder.decodeAudioData(bytes),
  );
  const player = createPlayer({ engine, api });
  const audition = createAudition({
    engine, previews, onError,
    settings: () => ({ trueLevel: get(preferences).trueLevel, loop: get(player.loop) }),
    isPlayerBusy: () => get(player.state).isPlaying,
  });
  preferences.subscribe(({ muted, volume }) => {
    engine.setMuted(muted);
    engine.setVolume(volume);
  });

  /** @type {MapView | null} */
  let mapView = null;
  let grid = new GridIndex(new Float32Array(0));
  let order = /** @type {Uint32Array} */ (new Uint32Array(0));
  collection.current.subscribe((sounds) => {
    grid = new GridIndex(sounds?.xy ?? new Float32Array(0));
    if (sounds && sounds.ids !== order) {
      order = sounds.ids;
      previews.setLayout(order);
    }
  });
  const isKept = (/** @type {number} */ index) => get(filtering.kept)?.[index] !== 0;

  /** @param {number} index */
  function describe(index) {
    const sounds = get(collection.current);
    if (!sounds) return '';
    const region = get(collection.map)?.clusters.find(({ id }) => id === sounds.cluster[index])?.label;
    const parts = [sounds.names[index] || 'A sound', formatDuration(sounds.durations[index])];
    return (region ? [...parts, region] : parts).join(', ');
  }

  const exploration = createExploration({
    collection, isKept, describe,
    grid: () => grid,
    sound: audition.hear,
    announce: (text) => announcement.set(text),
  });

  const readAhead = new ReadAhead();
  /** @param {number} x @param {number} y the pointer, in the unit square */
  function prefetchNear(x, y) {
    previews.prefetch(readAhead.next(grid, x, y, performance.now(), isKept));
  }
  // Keys jump from sound to sound: what lies around the one that is heard will be asked for next.
  exploration.current.subscribe((index) => {
    const sounds = get(collection.current);
    if (index >= 0 && sounds) prefetchNear(sounds.xy[2 * index], sounds.xy[2 * index + 1]);
  });

  /** @type {Map<number, Promise<import('./api/types.js').AudioFileDetails>>} */
  const detailsCache = new Map();
  /** @param {number} id */
  function details(id) {
    const known = detailsCache.get(id);
    if (known) return known;
    const loading = api.audioFile(id);
    detailsCache.set(id, loading);
    loading.catch(() => detailsCache.delete(id));
    if (detailsCache.size > DETAILS_KEPT) detailsCache.delete(/** @type {number} */ (detailsCache.keys().next().value));
    return loading;
  }

  const chosen = writable(/** @type {import('./api/types.js').AudioFileDetails | null} */ (null));
  exploration.selectedId.subscribe((id) => {
    if (id === null) {
      chosen.set(null);
      player.load(null);
      return;
    }
    details(id).then((sound) => {
      if (get(exploration.selectedId) !== id) return;
      chosen.set(sound);
      player.load(sound);
    }, onError);
  });

  /** Shows what is current: the player when it holds the current sound, else its preview. */
  function replay() {
    const { sound, isPlaying } = get(player.state);
    if (isPlaying) {
      player.pause();
      return;
    }
    const current = get(exploration.currentId);
    if (sound && (current === null || current === sound.id)) void player.play();
    else audition.hear(get(exploration.current));
  }

  function stopAll() {
    audition.stop();
    player.pause();
  }

  /** @param {string | number} mapId */
  async function openMap(mapId) {
    const map = get(library.maps).get(String(mapId));
    if (!map) return;
    if (String(get(collection.map)?.id) !== String(mapId)) {
      stopAll();
      exploration.clear();
    }
    await collection.show(map);
  }

  return {
    api, preferences, notices, session, isUnreachable, place, view, announcement, reducedMotion, theme, onError,
    collection, library, filtering, colourBy, colouring, engine, previews, player, audition, exploration, chosen,
    details, replay, stopAll, openMap, prefetchNear, isKept, describe,
    /** @param {MapView | null} next */
    setMapView: (next) => (mapView = next),
    mapView: () => mapView,
  };
}

/** @param {string} query */
function mediaQuery(query) {
  const list = window.matchMedia(query);
  return readable(list.matches, (set) => {
    const listener = () => set(list.matches);
    list.addEventListener('change', listener);
    return () => list.removeEventListener('change', listener);
  });
}
