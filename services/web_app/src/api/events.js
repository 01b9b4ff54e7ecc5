/** Live updates from the server, with its own way of coming back: an EventSource gives up on an HTTP error. */

/**
 * @typedef {object} EventHandlers
 * @property {(run: import('./types.js').Run) => void} run
 * @property {(map: import('./types.js').SoundMap) => void} map
 * @property {(frame: import('./types.js').Frame) => void} frame
 * @property {(isConnected: boolean) => void} connection
 */

const FIRST_RETRY_MS = 800;
const LONGEST_RETRY_MS = 8000;

/**
 * @param {string} url
 * @param {EventHandlers} handlers
 * @param {(url: string) => EventSource} [open]
 * @returns {() => void} closes the stream
 */
export function listenToEvents(url, handlers, open = (address) => new EventSource(address)) {
  let retryMs = FIRST_RETRY_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {EventSource} */
  let stream;

  function connect() {
    stream = open(url);
    stream.addEventListener('open', () => {
      retryMs = FIRST_RETRY_MS;
      handlers.connection(true);
    });
    stream.addEventListener('error', () => {
      stream.close();
      handlers.connection(false);
      timer = setTimeout(connect, retryMs);
      retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 1.7);
    });
    for (const kind of /** @type {const} */ (['run', 'map', 'frame'])) {
      stream.addEventListener(kind, (event) => handlers[kind](JSON.parse(event.data)));
    }
  }

  connect();
  return () => {
    clearTimeout(timer);
    stream.close();
  };
}
