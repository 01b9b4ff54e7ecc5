/** What the services are at: runs, jobs, lanes and dead letters, read again and again while somebody looks. */
import { derived, get, writable } from 'svelte/store';
import { JobState } from '@tonotope/shared/constants';
import { ApiError } from '../api/client.js';

/** @typedef {import('../api/types.js').Job} Job */
/** @typedef {import('../api/types.js').JobDetails} JobDetails */
/** @typedef {import('../api/types.js').DeadLetter} DeadLetter */
/** @typedef {import('../api/types.js').LaneSummary} LaneSummary */
/** @typedef {import('../api/types.js').Run} Run */
/** @typedef {import('../api/client.js').Id} Id */
/** @typedef {{ state: Job['state'] | null, run: Id | null }} Choice */
/**
 * What came of the last wish: the same job was sent again, another took its place, there was nothing left to do, it
 * was cancelled, a whole run was stopped, or the server refused and said why.
 *
 * @typedef {{ kind: 'resent' | 'replaced' | 'needless' | 'cancelled', job: Job } | { kind: 'stopped' } | { kind: 'refused', message: string }} Outcome
 */
/** @typedef {{ jobs: Job[], total: number, lanes: LaneSummary[], letters: DeadLetter[], totalLetters: number, runs: Run[] }} Picture */

const PAUSE_MS = 2000;
/** A server for which the answer is hard work is asked less often: at most a tenth of its time goes into this. */
const PAUSE_PER_WORK = 9;
/** A double click is one wish: what takes the place of a button does not hear the second half of it. */
const SETTLE_MS = 600;
const PAGE = 50;
const MOST_JOBS = 500;
const LETTERS = 100;
const RUNS = 12;
const ENDED = /** @type {readonly string[]} */ ([JobState.DONE, JobState.FAILED, JobState.CANCELLED]);

/** @param {{ state: string }} job */
export function isOpen(job) {
  return !ENDED.includes(job.state);
}

/** @param {{ state: string | null }} job */
export function isRetryable(job) {
  return job.state === JobState.FAILED || job.state === JobState.CANCELLED;
}

/**
 * Sums up lanes by state of job.
 *
 * @param {LaneSummary[]} lanes
 * @returns {Record<Job['state'], number>}
 */
export function countStates(lanes) {
  const counts = { waiting: 0, sent: 0, running: 0, done: 0, failed: 0, cancelled: 0 };
  for (const lane of lanes) {
    for (const state of Object.values(JobState)) counts[state] += lane[state];
  }
  return counts;
}

/**
 * @param {object} parts
 * @param {import('../api/client.js').ApiClient} parts.api
 * @param {import('svelte/store').Readable<Map<string, Run>>} parts.liveRuns the latest run of each source, as events tell of it
 * @param {(run: Run) => Promise<void>} parts.cancelRun
 * @param {(error: unknown) => void} parts.onError for what is no trouble of a single request
 * @param {() => boolean} [parts.isHidden] nobody looks: nothing is asked for
 */
export function createActivity({ api, liveRuns, cancelRun, onError, isHidden = () => false }) {
  const picture = writable(/** @type {Picture | null} */ (null));
  const choice = writable(/** @type {Choice} */ ({ state: null, run: null }));
  const problem = writable('');
  const outcome = writable(/** @type {Outcome | null} */ (null));
  const busy = writable(/** @type {ReadonlySet<string>} */ (new Set()));
  const openId = writable(/** @type {string | null} */ (null));
  const details = writable(/** @type {JobDetails | null} */ (null));
  let limit = PAGE;
  let isRunning = false;
  let latest = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const runs = derived([picture, liveRuns], ([now, live]) => {
    const known = new Map((now?.runs ?? []).map((run) => [String(run.id), run]));
    for (const run of live.values()) known.set(String(run.id), run);
    return [...known.values()].sort((a, b) => Number(b.id) - Number(a.id)).slice(0, RUNS);
  });

  /** Reads everything anew; what an earlier call brings later is dropped. */
  async function refresh() {
    clearTimeout(timer);
    const mine = ++latest;
    const begun = performance.now();
    try {
      if (!isHidden()) await read(() => mine === latest);
    } catch (error) {
      if (mine !== latest) return;
      if (!(error instanceof ApiError) || error.status === 401) {
        isRunning = false;
        onError(error);
        return;
      }
      problem.set(error.message);
    }
    if (mine !== latest || !isRunning) return;
    timer = setTimeout(refresh, Math.max(PAUSE_MS, PAUSE_PER_WORK * (performance.now() - begun)));
  }

  /** @param {() => boolean} isLatest */
  async function read(isLatest) {
    const { state, run } = get(choice);
    const opened = get(openId);
    const [jobs, lanes, letters, latestRuns, job] = await Promise.all([
      api.jobs({ state: state ?? undefined, run_id: run ?? undefined, limit }), api.lanes(), api.deadLetters(LETTERS),
      api.latestRuns(RUNS), opened === null ? null : api.job(opened),
    ]);
    if (!isLatest()) return;
    picture.set({
      jobs: jobs.jobs, total: jobs.total, lanes, letters: letters.dead_letters, totalLetters: letters.total, runs: latestRuns.runs,
    });
    details.set(job);
    problem.set('');
  }

  /** @param {Partial<Choice>} wish */
  function choose(wish) {
    limit = PAGE;
    choice.update((now) => ({ ...now, ...wish }));
    return refresh();
  }

  function showMore() {
    limit = Math.min(MOST_JOBS, limit + PAGE);
    return refresh();
  }

  /** @param {string | null} id */
  function open(id) {
    openId.set(id);
    details.set(null);
    return id === null ? Promise.resolve() : refresh();
  }

  /**
   * @param {string} id of what is acted on: one wish at a time
   * @param {() => Promise<Outcome>} wish
   */
  async function act(id, wish) {
    if (get(busy).has(id)) return;
    busy.update((ids) => new Set(ids).add(id));
    outcome.set(null);
    try {
      outcome.set(await wish());
    } catch (error) {
      if (!(error instanceof ApiError) || error.status === 401) onError(error);
      else outcome.set({ kind: 'refused', message: error.message });
    } finally {
      setTimeout(() => busy.update((ids) => new Set([...ids].filter((other) => other !== id))), SETTLE_MS);
    }
    await refresh();
  }

  /** @param {Job} job shows a job as it is now without waiting for the next reading */
  const replace = (job) => picture.update((now) => now && { ...now, jobs: now.jobs.map((known) => (known.id === job.id ? job : known)) });

  /** @param {string} id */
  function retry(id) {
    return act(id, async () => {
      const { job } = await api.retryJob(id);
      if (job === null) return { kind: 'needless', job: await api.job(id) };
      replace(job);
      return { kind: job.id === id ? 'resent' : 'replaced', job };
    });
  }

  /** @param {string} id */
  function cancel(id) {
    return act(id, async () => {
      const job = await api.cancelJob(id);
      replace(job);
      return { kind: 'cancelled', job };
    });
  }

  /** @param {Run} run */
  function stopRun(run) {
    return act(`run ${run.id}`, async () => {
      await cancelRun(run);
      return { kind: 'stopped' };
    });
  }

  function start() {
    isRunning = true;
    return refresh();
  }

  function stop() {
    isRunning = false;
    latest += 1;
    clearTimeout(timer);
  }

  return {
    picture: { subscribe: picture.subscribe }, runs, choice: { subscribe: choice.subscribe }, problem: { subscribe: problem.subscribe },
    outcome, busy: { subscribe: busy.subscribe }, openId: { subscribe: openId.subscribe }, details: { subscribe: details.subscribe },
    start, stop, choose, showMore, open, retry, cancel, stopRun,
  };
}
