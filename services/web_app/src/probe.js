/**
 * `window.__tonotope`: lets a test see what a person would see and hear. It reads, and changes nothing.
 *
 * It is safe in production: it gives away nothing that a script of this page could not read without it (same origin,
 * no token, no path), its values are copies or frozen, and the Content-Security-Policy lets no foreign script run. The
 * probe node is the last one before the speakers, so what it measures is what is heard.
 */
import { get } from 'svelte/store';

const MAX_POINTS = 500;

/** @param {import('./app.js').App} app */
export function exposeProbe(app) {
  const audio = Object.freeze({
    get context() {
      return app.engine.context;
    },
    get probe() {
      return app.engine.probe;
    },
    /** The highest sample of the last 40 ms, 0…1. */
    peak: () => app.engine.level,
  });
  const probe = Object.freeze({
    audio,
    /**
     * @param {number} [limit]
     * @returns {{ id: number, x: number, y: number }[]} CSS pixels in the window
     */
    pointsOnScreen: (limit = MAX_POINTS) => {
      const view = app.mapView();
      if (!view) return [];
      const box = view.canvas.getBoundingClientRect();
      return view.pointsOnScreen(Math.min(limit, MAX_POINTS))
        .map(({ id, x, y }) => ({ id, x: x + box.left, y: y + box.top }));
    },
    get state() {
      const sounds = get(app.collection.current);
      const view = app.mapView();
      return Object.freeze({
        mapId: sounds?.mapId ?? null,
        layoutId: sounds?.layoutId ?? null,
        points: sounds?.n ?? 0,
        named: get(app.collection.rowsLoaded),
        kept: app.filtering.count(sounds?.n ?? 0),
        current: get(app.exploration.currentId),
        selected: get(app.exploration.selectedId),
        trail: Object.freeze([...get(app.exploration.trail)]),
        view: get(app.view),
        colourBy: get(app.colourBy),
        camera: view ? Object.freeze({ ...view.camera }) : null,
        isConnected: get(app.library.isConnected),
        isSoundAllowed: !app.engine.isLocked,
        pcmBytes: app.previews.pcmBytes,
      });
    },
  });
  Object.defineProperty(window, '__tonotope', { value: probe, writable: false, configurable: false });
}
