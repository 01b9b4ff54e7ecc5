import { getContext, setContext } from 'svelte';

const KEY = Symbol('app');

/** @param {import('../app.js').App} app */
export function provideApp(app) {
  setContext(KEY, app);
}

/** @returns {import('../app.js').App} */
export function useApp() {
  return getContext(KEY);
}
