/**
 * The map as one thing: what lies where, how it is looked at, and when it has to be drawn again.
 *
 * Draws only when something changed. All motion is interruptible: a new layout starts from where points are.
 */
import { between, fitCamera, NO_INSETS, panBy, reveal, toScreen, toWorld, zoomAt } from './camera.js';
import { listenToGestures } from './gestures.js';
import { GridIndex } from './grid_index.js';
import { ease, matchPoints, midway, MORPH_MS } from './morph.js';
import { drawOverlay } from './overlay.js';
import { FLAG_ARRIVING, FLAG_KEPT, Renderer } from './renderer.js';
import { computeTerrain } from './terrain.js';
import { clamp } from '@tonotope/shared/utils';

/** @typedef {import('./camera.js').Camera} Camera */
/**
 * @typedef {object} MapEvents
 * @property {(index: number, isTouch: boolean) => void} hover -1: nothing under the pointer
 * @property {(index: number) => void} pick
 * @property {(camera: Camera) => void} camera after a move by hand or by flight
 * @property {(x: number, y: number) => void} pointer in the unit square, for reading ahead
 */
/** @typedef {import('./renderer.js').Look & import('./overlay.js').OverlayLook} MapLook */

const FLIGHT_MS = 420;
const PICK_RADIUS_PX = 24;
const PICK_RADIUS_MAX_PX = 52;
const TOUCH_PICK_RADIUS_PX = 44;
const RETINT_DELAY_MS = 40;
const TERRAIN_FADE_MS = 500;

export class MapView {
  n = 0;
  xy = /** @type {Float32Array} */ (new Float32Array(0));
  ids = /** @type {Uint32Array} */ (new Uint32Array(0));
  grid = new GridIndex(this.xy);
  size = { width: 1, height: 1 };
  insets = NO_INSETS;
  reducedMotion = false;
  /** @type {Camera} */
  camera = fitCamera(this.size);
  /** Whether a hand has moved the camera: only an untouched one follows the window. */
  isFitted = true;

  #from = this.xy;
  #codes = /** @type {Uint8Array} */ (new Uint8Array(0));
  #kept = /** @type {Uint8Array | null} */ (null);
  #arriving = /** @type {Uint8Array} */ (new Uint8Array(0));
  #palette = /** @type {Uint8Array} */ (new Uint8Array(1024));
  #morphStart = -Infinity;
  #flight = /** @type {{ from: Camera, to: Camera, start: number } | null} */ (null);
  #retint = 0;
  #frameRequest = 0;
  /** Whether points or landscape have to be drawn again, or only what lies over them. */
  #isMapStale = true;
  #pixelRatio = 1;
  #marks = { regions: /** @type {import('./labels.js').Region[]} */ ([]), trail: /** @type {number[]} */ ([]), current: -1, selected: -1 };
  #pulse = () => ({ level: 0, heard: 0 });
  #look = /** @type {MapLook | null} */ (null);

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {HTMLCanvasElement} overlay lies exactly over `canvas`
   * @param {MapEvents} events
   */
  constructor(canvas, overlay, events) {
    this.canvas = canvas;
    this.overlay = overlay;
    this.events = events;
    this.renderer = new Renderer(canvas, () => this.#requestFrame());
    const context = overlay.getContext('2d');
    if (!context) throw new Error('This browser cannot draw on a canvas.');
    this.context = context;
    this.stopGestures = listenToGestures(canvas, {
      hover: (x, y, isTouch) => {
        this.events.pointer(...toWorld(this.camera, this.size, x, y));
        this.events.hover(this.pick(x, y, isTouch), isTouch);
      },
      leave: () => this.events.hover(-1, false),
      pick: (x, y, isTouch) => this.events.pick(this.pick(x, y, isTouch)),
      pan: (dx, dy) => this.#moveByHand(panBy(this.camera, dx, dy)),
      zoom: (factor, x, y) => this.#moveByHand(zoomAt(this.camera, this.size, factor, x, y)),
    });
    this.resizes = new ResizeObserver(() => this.#resize());
    this.resizes.observe(canvas);
    this.#resize();
  }

  destroy() {
    this.stopGestures();
    this.resizes.disconnect();
    cancelAnimationFrame(this.#frameRequest);
    clearTimeout(this.#retint);
  }

  /**
   * Shows other points, or the same ones elsewhere; what was on the map already moves to its new place.
   *
   * @param {{ xy: Float32Array, ids: Uint32Array, codes: Uint8Array, kept: Uint8Array | null }} points
   */
  setPoints({ xy, ids, codes, kept }) {
    const matched = matchPoints(this.ids, this.#placesNow(), ids, xy);
    this.n = ids.length;
    this.xy = xy;
    this.ids = ids;
    this.grid = new GridIndex(xy);
    this.#from = matched.from;
    this.#arriving = matched.arriving;
    this.#codes = codes;
    this.#kept = kept;
    this.#morphStart = this.reducedMotion ? -Infinity : performance.now();
    this.renderer.setPoints(this.#from, xy, codes, this.#flags());
    this.#scheduleTerrain();
    this.#requestFrame();
  }

  /**
   * @param {Uint8Array} codes palette index of each point
   * @param {Uint8Array} palette 256 RGBA entries
   */
  setColours(codes, palette) {
    this.#codes = codes;
    this.#palette = palette;
    this.renderer.setPalette(palette);
    if (codes.length === this.n) {
      this.renderer.setCodes(codes);
      this.#scheduleTerrain();
    }
    this.#requestFrame();
  }

  /** @param {Uint8Array | null} kept 1 for points in the filter; `null`: all are */
  setKept(kept) {
    this.#kept = kept;
    this.renderer.setFlags(this.#flags());
    this.#requestFrame();
  }

  /** @param {Partial<{ regions: import('./labels.js').Region[], trail: number[], current: number, selected: number }>} marks */
  setMarks(marks) {
    Object.assign(this.#marks, marks);
    this.#requestOverlay();
  }

  /** @param {() => { level: number, heard: number }} pulse asked in every frame while a sound is current */
  setPulse(pulse) {
    this.#pulse = pulse;
  }

  /** @param {MapLook} look */
  setLook(look) {
    this.#look = look;
    this.renderer.setLook(look);
    this.#requestFrame();
  }

  /** @param {import('./camera.js').Insets} insets */
  setInsets(insets) {
    this.insets = insets;
    if (this.isFitted) this.fit();
  }

  /** @param {number} index */
  isKept = (index) => this.#kept === null || this.#kept[index] === 1;

  /**
   * @param {number} px
   * @param {number} py CSS pixels from the canvas' top left
   * @param {boolean} [isTouch]
   * @returns {number} the index of the nearest point in reach, which grows where the map is empty; else -1
   */
  pick(px, py, isTouch = false) {
    const [x, y] = toWorld(this.camera, this.size, px, py);
    const spacingPx = this.camera.zoom / Math.sqrt(this.n + 1);
    const reachPx = isTouch ? TOUCH_PICK_RADIUS_PX : clamp(spacingPx, PICK_RADIUS_PX, PICK_RADIUS_MAX_PX);
    return this.grid.nearest(x, y, reachPx / this.camera.zoom, this.isKept);
  }

  /**
   * @param {number} limit
   * @returns {{ index: number, id: number, x: number, y: number }[]} points inside the canvas, CSS pixels
   */
  pointsOnScreen(limit) {
    const [x0, y1] = toWorld(this.camera, this.size, 0, 0);
    const [x1, y0] = toWorld(this.camera, this.size, this.size.width, this.size.height);
    const points = /** @type {{ index: number, id: number, x: number, y: number }[]} */ ([]);
    this.grid.forEachIn(x0, y0, x1, y1, (index) => {
      if (points.length >= limit || !this.isKept(index)) return;
      const [x, y] = toScreen(this.camera, this.size, this.xy[2 * index], this.xy[2 * index + 1]);
      if (x >= 0 && y >= 0 && x < this.size.width && y < this.size.height) {
        points.push({ index, id: this.ids[index], x, y });
      }
    });
    return points;
  }

  fit() {
    this.isFitted = true;
    this.flyTo(fitCamera(this.size, this.insets));
  }

  /** @param {Camera} camera */
  jumpTo(camera) {
    this.isFitted = false;
    this.#flight = null;
    this.camera = camera;
    this.#requestFrame();
  }

  /** @param {Camera} camera */
  flyTo(camera) {
    if (this.reducedMotion || this.n === 0) {
      this.#flight = null;
      this.camera = camera;
      this.events.camera(camera);
    } else {
      this.#flight = { from: this.camera, to: camera, start: performance.now() };
    }
    this.#requestFrame();
  }

  /** @param {number} index */
  reveal(index) {
    const [x, y] = [this.xy[2 * index], this.xy[2 * index + 1]];
    const camera = reveal(this.#flight?.to ?? this.camera, this.size, x, y, this.insets);
    if (camera !== (this.#flight?.to ?? this.camera)) this.flyTo(camera);
  }

  /** @param {number} factor */
  zoomBy(factor) {
    const { width, height } = this.size;
    const { top, right, bottom, left } = this.insets;
    this.isFitted = false;
    const [x, y] = [left + (width - left - right) / 2, top + (height - top - bottom) / 2];
    this.flyTo(zoomAt(this.#flight?.to ?? this.camera, this.size, factor, x, y));
  }

  /**
   * @param {number} dxPx
   * @param {number} dyPx
   */
  panBy(dxPx, dyPx) {
    this.isFitted = false;
    this.flyTo(panBy(this.#flight?.to ?? this.camera, dxPx, dyPx));
  }

  /** CSS pixels: smaller where there are many points or little room. */
  get pointSize() {
    const nearness = this.camera.zoom / fitCamera(this.size, this.insets).zoom;
    const fitting = clamp(Math.min(this.size.width, this.size.height) / 800, 0.6, 1);
    return fitting * clamp(29 / (this.n + 1) ** 0.2, 1.6, 9) * clamp(nearness ** 0.38, 0.7, 3.2);
  }

  /** @param {Camera} camera */
  #moveByHand(camera) {
    this.isFitted = false;
    this.#flight = null;
    this.camera = camera;
    this.events.camera(camera);
    this.#requestFrame();
  }

  #placesNow() {
    return midway(this.#from, this.xy, this.#progress(performance.now()));
  }

  /** @param {number} now */
  #progress(now) {
    return ease(clamp((now - this.#morphStart) / MORPH_MS, 0, 1));
  }

  #flags() {
    const flags = new Uint8Array(this.n);
    for (let i = 0; i < this.n; i++) {
      flags[i] = (this.isKept(i) ? FLAG_KEPT : 0) | (this.#arriving[i] ? FLAG_ARRIVING : 0);
    }
    return flags;
  }

  /** The landscape costs a few milliseconds and may be a frame late: points and sound come first. */
  #scheduleTerrain() {
    clearTimeout(this.#retint);
    this.#retint = window.setTimeout(() => {
      if (this.#codes.length !== this.n) return;
      this.renderer.setTerrain(this.n ? computeTerrain(this.xy, this.#codes, this.#palette) : null);
      this.#requestFrame();
    }, RETINT_DELAY_MS);
  }

  #resize() {
    const { clientWidth, clientHeight } = this.canvas;
    if (clientWidth === 0 || clientHeight === 0) return;
    const old = this.size;
    this.size = { width: clientWidth, height: clientHeight };
    this.#pixelRatio = window.devicePixelRatio || 1;
    for (const canvas of [this.canvas, this.overlay]) {
      canvas.width = Math.round(clientWidth * this.#pixelRatio);
      canvas.height = Math.round(clientHeight * this.#pixelRatio);
    }
    if (this.isFitted) {
      this.#flight = null;
      this.camera = fitCamera(this.size, this.insets);
    } else {
      const ratio = Math.min(this.size.width, this.size.height) / Math.min(old.width, old.height);
      this.camera = { ...this.camera, zoom: this.camera.zoom * ratio };
    }
    // Resizing empties a canvas: drawn at once, there is no blank frame.
    cancelAnimationFrame(this.#frameRequest);
    this.#isMapStale = true;
    this.#draw(performance.now());
  }

  #requestFrame() {
    this.#isMapStale = true;
    this.#requestOverlay();
  }

  #requestOverlay() {
    if (this.#frameRequest === 0) this.#frameRequest = requestAnimationFrame((now) => this.#draw(now));
  }

  /** @param {number} now */
  #draw(now) {
    this.#frameRequest = 0;
    if (!this.#look) return;
    if (this.#flight) {
      const t = clamp((now - this.#flight.start) / FLIGHT_MS, 0, 1);
      this.camera = between(this.#flight.from, this.#flight.to, ease(t));
      if (t >= 1) {
        this.#flight = null;
        this.events.camera(this.camera);
      }
    }
    const progress = this.#progress(now);
    const isMorphing = progress < 1;
    // The landscape belongs to a layout at rest: it fades in when points have arrived.
    const terrainStrength = ease(clamp((now - this.#morphStart - MORPH_MS) / TERRAIN_FADE_MS, 0, 1));
    const { pointSize, camera } = this;
    const pixelRatio = this.#pixelRatio;
    const alpha = this.n > 300_000 ? 0.4 : this.n > 50_000 ? 0.65 : 0.95;
    if (this.#isMapStale) {
      this.#isMapStale = false;
      this.renderer.draw({ camera, pixelRatio, progress, pointSize, alpha, terrainStrength });
    }
    const { level, heard } = this.#marks.current >= 0 ? this.#pulse() : { level: 0, heard: 0 };
    drawOverlay(
      this.context,
      {
        ...this.#marks, camera, size: this.size, insets: this.insets, pixelRatio, pointSize, heard,
        level: this.reducedMotion ? 0 : level,
        placeOf: (index) => [
          this.#from[2 * index] + (this.xy[2 * index] - this.#from[2 * index]) * progress,
          this.#from[2 * index + 1] + (this.xy[2 * index + 1] - this.#from[2 * index + 1]) * progress,
        ],
        currentColour: this.colourOf(this.#marks.current),
      },
      this.#look,
    );
    const isSounding = heard > 0 && heard < 1;
    if (this.#flight || isMorphing || terrainStrength < 1) this.#requestFrame();
    else if (isSounding) this.#requestOverlay();
  }

  /**
   * @param {number} index
   * @returns {string} as CSS writes it
   */
  colourOf(index) {
    const entry = (this.#codes[index] ?? 0) * 4;
    return `rgb(${this.#palette[entry]}, ${this.#palette[entry + 1]}, ${this.#palette[entry + 2]})`;
  }
}
