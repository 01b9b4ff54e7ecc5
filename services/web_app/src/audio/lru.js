/**
 * A cache that holds at most so many bytes and forgets what was not asked for longest.
 *
 * @template K, V
 */
export class ByteLru {
  /** @type {Map<K, { value: V, bytes: number }>} in the order of last use */
  #entries = new Map();
  #bytes = 0;

  /** @param {number} maxBytes */
  constructor(maxBytes) {
    this.maxBytes = maxBytes;
  }

  get bytes() {
    return this.#bytes;
  }

  get size() {
    return this.#entries.size;
  }

  /** @param {K} key */
  has(key) {
    return this.#entries.has(key);
  }

  /**
   * @param {K} key
   * @returns {V | undefined}
   */
  get(key) {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /**
   * The newest entry always stays, even when it alone is too large: it is in use right now.
   *
   * @param {K} key
   * @param {V} value
   * @param {number} bytes
   */
  set(key, value, bytes) {
    this.delete(key);
    this.#entries.set(key, { value, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.maxBytes || oldest === key) break;
      this.delete(oldest);
    }
  }

  /** @param {K} key */
  delete(key) {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    return this.#entries.delete(key);
  }

  clear() {
    this.#entries.clear();
    this.#bytes = 0;
  }
}
