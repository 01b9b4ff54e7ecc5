/**
 * Every key that acts, in one table: the handler obeys it and the help shows it.
 *
 * Tab moves the focus, as everywhere; views are switched with V, because a page that takes Tab away locks out
 * whoever has no mouse (WCAG 2.1.1, 2.4.3).
 */
import { get } from 'svelte/store';
import { nextView } from '../state/address.js';
import { DIRECTIONS } from '../map/neighbours.js';

/** @typedef {import('../app.js').App} App */
/**
 * @typedef {object} KeyAction
 * @property {string[]} keys as `KeyboardEvent.key` names them, letters in lower case
 * @property {string} shown
 * @property {string} does
 * @property {(app: App, event: KeyboardEvent, workspace: WorkspaceActions) => void} run
 */
/**
 * @typedef {object} WorkspaceActions
 * @property {() => void} focusSearch
 * @property {() => void} showKeys
 * @property {() => void} showActivity
 */

const PAN_PX = 90;
const ZOOM_STEP = 1.5;

/** @param {App} app @param {number} index */
function follow(app, index) {
  if (index >= 0) app.mapView()?.reveal(index);
}

/** @type {{ title: string, actions: KeyAction[] }[]} */
export const KEY_GROUPS = [
  {
    title: 'Listening',
    actions: [
      {
        keys: Object.keys(DIRECTIONS), shown: '← ↑ ↓ →', does: 'to the next sound in that direction',
        run: (app, event) => {
          const key = /** @type {keyof typeof DIRECTIONS} */ (event.key);
          const [x, y] = DIRECTIONS[key];
          if (event.shiftKey) app.mapView()?.panBy(-x * PAN_PX, y * PAN_PX);
          else follow(app, app.exploration.step(key));
        },
      },
      { keys: ['n'], shown: 'N', does: 'to the sound that is most alike, then the next', run: (app) => follow(app, app.exploration.stepNearest(1)) },
      { keys: ['p'], shown: 'P', does: 'back towards where N began', run: (app) => follow(app, app.exploration.stepNearest(-1)) },
      { keys: ['Backspace'], shown: 'Backspace', does: 'back along the trail', run: (app) => follow(app, app.exploration.back()) },
      { keys: [' '], shown: 'Space', does: 'play again, or pause', run: (app) => app.replay() },
      { keys: ['Enter'], shown: 'Enter', does: 'choose the sound', run: (app) => app.exploration.select(get(app.exploration.current)) },
      { keys: ['l'], shown: 'L', does: 'loop', run: (app) => app.player.loop.update((isLooping) => !isLooping) },
      { keys: ['m'], shown: 'M', does: 'mute', run: (app) => app.preferences.toggle('muted') },
      { keys: ['t'], shown: 'T', does: 'true level, or all equally loud', run: (app) => app.preferences.toggle('trueLevel') },
      { keys: ['Escape'], shown: 'Esc', does: 'stop; once more: let go of the chosen sound', run: stopOrClear },
    ],
  },
  {
    title: 'Looking',
    actions: [
      { keys: ['v'], shown: 'V', does: 'map, map and list, list', run: (app) => app.view.update(nextView) },
      { keys: ['\\'], shown: '\\', does: 'show or hide the panels', run: (app) => app.preferences.toggle('panels') },
      { keys: ['/'], shown: '/', does: 'search', run: (_, __, workspace) => workspace.focusSearch() },
      { keys: ['+', '='], shown: '+', does: 'nearer', run: (app) => app.mapView()?.zoomBy(ZOOM_STEP) },
      { keys: ['-', '_'], shown: '−', does: 'farther', run: (app) => app.mapView()?.zoomBy(1 / ZOOM_STEP) },
      { keys: ['0'], shown: '0', does: 'the whole map', run: (app) => app.mapView()?.fit() },
      { keys: [], shown: 'Shift ← ↑ ↓ →', does: 'move the map', run: () => undefined },
      { keys: ['a'], shown: 'A', does: 'what is going on', run: (_, __, workspace) => workspace.showActivity() },
      { keys: ['?'], shown: '?', does: 'these keys', run: (_, __, workspace) => workspace.showKeys() },
    ],
  },
];

const ACTIONS = new Map(KEY_GROUPS.flatMap(({ actions }) => actions).flatMap((action) => action.keys.map((key) => [key, action])));

/** @param {App} app */
function stopOrClear(app) {
  const isSounding = app.engine.isPlaying || get(app.player.state).isPlaying;
  app.stopAll();
  if (!isSounding) app.exploration.select(-1);
}

/**
 * @param {App} app
 * @param {KeyboardEvent} event
 * @param {WorkspaceActions} workspace
 */
export function handleKey(app, event, workspace) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !get(app.preferences).shortcuts) return;
  // A dialog has the keyboard to itself, also while nothing in it has the focus.
  if (document.querySelector('dialog:modal')) return;
  const action = ACTIONS.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
  if (!action || isTakenBy(event.target, event.key)) return;
  event.preventDefault();
  action.run(app, event, workspace);
}

/**
 * Controls keep the keys that they need themselves.
 *
 * @param {EventTarget | null} target
 * @param {string} key
 */
function isTakenBy(target, key) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest('dialog, [popover]')) return true;
  if (target.closest('input, textarea, select, [contenteditable]')) return true;
  const isArrow = key.startsWith('Arrow');
  if (isArrow) return target.closest('[role=slider], [role=grid], [role=tablist]') !== null;
  if (key === ' ' || key === 'Enter') return target.closest('button, a, summary, [role=slider], [role=grid]') !== null;
  return false;
}
