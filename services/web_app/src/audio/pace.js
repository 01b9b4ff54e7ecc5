/**
 * Keeps a fast hand from starting more sounds than an ear can tell apart.
 *
 * The first one comes at once; of those that follow too closely the last one comes as soon as it may.
 */
export class Pace {
  #last = -Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {number} perSecond
   * @param {() => number} now milliseconds
   */
  constructor(perSecond, now = () => performance.now()) {
    this.intervalMs = 1000 / perSecond;
    this.now = now;
  }

  /** @param {() => void} action */
  run(action) {
    clearTimeout(this.#timer);
    const waitMs = this.#last + this.intervalMs - this.now();
    if (waitMs <= 0) {
      this.#last = this.now();
      action();
      return;
    }
    this.#timer = setTimeout(() => {
      this.#last = this.now();
      action();
    }, Math.ceil(waitMs)); // a timer drops what is behind the point
  }

  cancel() {
    clearTimeout(this.#timer);
  }
}
