/** What the page of whoever runs the machine says about jobs; there, and only there, they are called jobs. */
import { JobState } from '@tonotope/shared/constants';
import { countOf, formatRemaining } from '@tonotope/shared/utils';
import { failureWords } from './words.js';

/** @typedef {import('../api/types.js').Job} Job */

export const STATE_WORDS = /** @type {Record<Job['state'], string>} */ ({
  [JobState.WAITING]: 'Waiting',
  [JobState.SENT]: 'In the queue',
  [JobState.RUNNING]: 'Running',
  [JobState.DONE]: 'Done',
  [JobState.FAILED]: 'Failed',
  [JobState.CANCELLED]: 'Cancelled',
});

/** @param {{ command: string | null, n_files?: number }} job @returns {string} what it is about */
export function commandWords({ command, n_files: nFiles = 0 }) {
  switch (command) {
    case 'AnalyzeAudio': return nFiles ? `Listen to ${countOf(nFiles, 'sound')}` : 'Listen to sounds';
    case 'EmbedAudio': return nFiles ? `Have a model hear ${countOf(nFiles, 'sound')}` : 'Have a model hear sounds';
    case 'LayOutSounds': return 'Draw the map';
    case 'PlaceSounds': return 'Place new sounds on the map';
    case 'ClusterSounds': return 'Find groups on the map';
    case null: return 'A message that names no job we know';
    default: return command.replace(/(?<=[a-z])(?=[A-Z])/g, ' ');
  }
}

/** @param {string} name of a service or lane */
export function partWords(name) {
  const text = name.replaceAll('_', ' ');
  return text && text[0].toUpperCase() + text.slice(1);
}

/** @param {Job} job @returns {string} why it ended as it did; empty when there is nothing to say */
export function reasonWords({ state, message, code }) {
  if (state === JobState.CANCELLED) return message || 'Somebody stopped it.';
  if (state !== JobState.FAILED) return '';
  const { title, advice } = failureWords(code);
  return message || `${title}. ${advice}`;
}

/** @param {{ attempt: number, last_attempt: number }} job */
export function attemptWords({ attempt, last_attempt: last }) {
  return `${attempt} of ${last}`;
}

const INCIDENTS = /** @type {Record<import('../api/types.js').IncidentKind, string>} */ ({
  resent: 'The queue had lost it, so it was sent again',
  redelivered: 'A worker lost it, so another took it over',
  outdated: 'A worker that had lost it spoke all the same and was not listened to',
  dead: 'It was given up',
});

/** @param {import('../api/types.js').IncidentKind} kind */
export function incidentWords(kind) {
  return INCIDENTS[kind];
}

/** @param {import('../state/activity.js').Outcome} outcome */
export function outcomeWords(outcome) {
  switch (outcome.kind) {
    case 'resent': return `Sent again: ${commandWords(outcome.job)}, attempt ${attemptWords(outcome.job)}.`;
    case 'replaced': return `Begun anew as another job: ${commandWords(outcome.job)}.`;
    case 'needless': return 'Nothing is left to do: the map is up to date.';
    case 'cancelled': return `Cancelled: ${commandWords(outcome.job)}.${outcome.job.n_files ? ' Its files count as not read.' : ''}`;
    case 'stopped': return 'The run was stopped. What was done until then stays.';
    default: return outcome.message;
  }
}

/** @param {number} seconds @returns {string} a length of time that has passed */
export function spanWords(seconds) {
  if (seconds < 1) return 'under 1 s';
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 172_800) return formatRemaining(seconds);
  return `${Math.round(seconds / 86_400)} days`;
}

/** @param {string} since ISO 8601 @param {number} now ms */
export function agoWords(since, now) {
  const seconds = (now - Date.parse(since)) / 1000;
  return seconds < 1 ? 'just now' : `${spanWords(seconds)} ago`;
}

/** @param {Job} job @param {number} now ms @returns {string} how it is going in time */
export function timeWords(job, now) {
  if (job.finished_at !== null) return agoWords(job.finished_at, now);
  if (job.state === JobState.RUNNING && job.sent_at !== null) return `for ${spanWords((now - Date.parse(job.sent_at)) / 1000)}`;
  // Of a job that was sent again, the last sign is that it was.
  const since = job.attempt > 1 && job.sign_at !== null ? job.sign_at : job.created_at;
  return `waits ${spanWords((now - Date.parse(since)) / 1000)}`;
}
