/**
 * Turns what a hand does over the map into what it means: pan, zoom, hover, pick.
 *
 * With a mouse: moving listens, dragging pans, the wheel zooms, a click picks. With fingers: one pans, two pinch, a
 * tap picks, and a finger that rests and then slides listens.
 */

/**
 * @typedef {object} GestureHandlers all places in CSS pixels from the element's top left
 * @property {(x: number, y: number, isTouch: boolean) => void} hover
 * @property {() => void} leave
 * @property {(x: number, y: number, isTouch: boolean) => void} pick
 * @property {(dx: number, dy: number) => void} pan
 * @property {(factor: number, x: number, y: number) => void} zoom
 */

const DRAG_THRESHOLD_PX = 4;
const TOUCH_THRESHOLD_PX = 9;
const LONG_PRESS_MS = 240;
const WHEEL_LINE_PX = 16;

/**
 * @param {HTMLElement} element
 * @param {GestureHandlers} handlers
 * @returns {() => void} stops listening
 */
export function listenToGestures(element, handlers) {
  /** @type {Map<number, { x: number, y: number }>} */
  const pointers = new Map();
  /** @type {'idle' | 'pressed' | 'panning' | 'pinching' | 'listening'} */
  let mode = 'idle';
  let start = { x: 0, y: 0 };
  let longPress = 0;

  const place = (/** @type {MouseEvent} */ event) => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const pinch = () => {
    const [a, b] = [...pointers.values()];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, distance: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)) };
  };

  const abort = new AbortController();
  /**
   * @template {keyof HTMLElementEventMap} K
   * @param {K} type
   * @param {(event: HTMLElementEventMap[K]) => void} handler
   */
  const on = (type, handler) => element.addEventListener(type, handler, { signal: abort.signal, passive: false });

  on('pointerdown', (event) => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, place(event));
    if (pointers.size === 2) {
      clearTimeout(longPress);
      mode = 'pinching';
    } else if (pointers.size === 1) {
      mode = 'pressed';
      start = place(event);
      if (event.pointerType === 'touch') {
        longPress = window.setTimeout(() => {
          mode = 'listening';
          handlers.hover(start.x, start.y, true);
        }, LONG_PRESS_MS);
      }
    }
  });

  // Comes at once, where a browser has it: `pointermove` waits for the next frame, and an ear notices.
  on('pointerrawupdate', (event) => {
    const raw = /** @type {PointerEvent} */ (event);
    if (raw.pointerType !== 'mouse' || pointers.size > 0) return;
    const { x, y } = place(raw);
    handlers.hover(x, y, false);
  });

  on('pointermove', (event) => {
    const now = place(event);
    const before = pointers.get(event.pointerId);
    const isTouch = event.pointerType === 'touch';
    if (!before) {
      if (!isTouch) handlers.hover(now.x, now.y, false);
      return;
    }
    if (mode === 'pinching' && pointers.size >= 2) {
      const old = pinch();
      pointers.set(event.pointerId, now);
      const next = pinch();
      handlers.pan(next.x - old.x, next.y - old.y);
      handlers.zoom(next.distance / old.distance, next.x, next.y);
      return;
    }
    pointers.set(event.pointerId, now);
    if (mode === 'listening') {
      handlers.hover(now.x, now.y, true);
    } else if (mode === 'panning') {
      handlers.pan(now.x - before.x, now.y - before.y);
    } else if (mode === 'pressed') {
      const threshold = isTouch ? TOUCH_THRESHOLD_PX : DRAG_THRESHOLD_PX;
      if (Math.hypot(now.x - start.x, now.y - start.y) > threshold) {
        clearTimeout(longPress);
        mode = 'panning';
        element.dataset.dragging = '';
        handlers.pan(now.x - start.x, now.y - start.y);
      }
    }
  });

  /** @param {PointerEvent} event */
  const release = (event) => {
    if (!pointers.delete(event.pointerId)) return;
    clearTimeout(longPress);
    const now = place(event);
    const isTouch = event.pointerType === 'touch';
    if (event.type === 'pointerup' && (mode === 'pressed' || mode === 'listening')) handlers.pick(now.x, now.y, isTouch);
    if (pointers.size === 1) {
      mode = 'panning';
    } else if (pointers.size === 0) {
      mode = 'idle';
      delete element.dataset.dragging;
    }
  };
  on('pointerup', release);
  on('pointercancel', release);
  on('pointerleave', () => {
    if (pointers.size === 0) handlers.leave();
  });
  on('contextmenu', (event) => {
    if (mode === 'listening') event.preventDefault();
  });
  on('wheel', (event) => {
    event.preventDefault();
    const { x, y } = place(event);
    const deltaPx = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * WHEEL_LINE_PX : event.deltaY;
    // A pinch on a trackpad arrives as a wheel with Ctrl, in much smaller steps.
    handlers.zoom(Math.exp(-deltaPx * (event.ctrlKey ? 0.01 : 0.0016)), x, y);
  });
  return () => {
    clearTimeout(longPress);
    abort.abort();
  };
}
