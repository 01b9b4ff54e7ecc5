import { get, writable } from 'svelte/store';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../src/api/client.js';
import { countStates, createActivity, isOpen, isRetryable } from '../src/state/activity.js';
import { agoWords, attemptWords, commandWords, outcomeWords, partWords, reasonWords, spanWords, timeWords } from '../src/ui/activity_words.js';

/** @typedef {import('../src/api/types.js').Job} Job */
/** @typedef {import('../src/api/types.js').Run} Run */

const NOW = Date.parse('2026-01-01T12:00:00Z');

/** @param {Partial<Job>} parts @returns {Job} */
function jobOf(parts) {
  return {
    id: 'j1', run_id: 1, node: 'descriptors', service: 'audio_analyzer', lane: 'bulk', command: 'AnalyzeAudio', n_files: 16, state: 'failed',
    attempt: 3, last_attempt: 3, delivery: 1, fraction: 0, code: '', message: '', created_at: '2026-01-01T11:59:00Z', sent_at: null,
    sign_at: null, finished_at: null, incidents: 0, ...parts,
  };
}

/** @param {number} id @param {Run['state']} [state] @returns {Run} */
function runOf(id, state = 'done') {
  return {
    id, source_id: 's', map_id: 'm', state, created_at: '', finished_at: null, files: 0, analyzed: 0, failed: 0, skipped: 0, found: 0,
    bytes_per_s: 0, files_per_s: 0, eta_s: null, layout_fraction: 0, message: '', failures_by_code: {},
  };
}

/** Answers as main_app does, of the one list of jobs that it is given. */
function open(/** @type {Job[]} */ jobs = [jobOf({})]) {
  const server = {
    jobs, runs: [runOf(1)], asked: /** @type {unknown[]} */ ([]), refusal: /** @type {ApiError | null} */ (null),
    held: /** @type {Promise<void> | null} */ (null), isDown: false,
  };
  const answer = async (/** @type {() => unknown} */ content) => {
    if (server.isDown) throw new ApiError('Tonotope does not answer.', 'unreachable', 0);
    if (server.refusal) throw server.refusal;
    return content();
  };
  const api = /** @type {any} */ ({
    jobs: async (/** @type {{ state?: string, limit: number }} */ choice) => {
      server.asked.push(choice);
      const held = server.held;
      const found = server.jobs.filter(({ state }) => !choice.state || state === choice.state);
      await held;
      return answer(() => ({ total: found.length, jobs: found.slice(0, choice.limit) }));
    },
    lanes: () => answer(() => []),
    deadLetters: () => answer(() => ({ total: 0, dead_letters: [] })),
    latestRuns: () => answer(() => ({ total: server.runs.length, runs: server.runs })),
    job: (/** @type {string} */ id) => answer(() => ({ ...server.jobs.find((job) => job.id === id), detail: 'why', paths: [], history: [], dead_letters: [] })),
    retryJob: (/** @type {string} */ id) => answer(() => {
      const job = { ...jobOf({ id }), state: 'waiting', attempt: 4, last_attempt: 6 };
      server.jobs = server.jobs.map((known) => (known.id === id ? /** @type {Job} */ (job) : known));
      return { job };
    }),
    cancelJob: (/** @type {string} */ id) => answer(() => jobOf({ id, state: 'cancelled' })),
  });
  const errors = /** @type {unknown[]} */ ([]);
  const stopped = /** @type {unknown[]} */ ([]);
  const liveRuns = writable(/** @type {Map<string, Run>} */ (new Map()));
  const view = { isHidden: false };
  const activity = createActivity({
    api, liveRuns, onError: (error) => errors.push(error), isHidden: () => view.isHidden,
    cancelRun: async (run) => void stopped.push(run.id),
  });
  return { server, api, activity, errors, stopped, liveRuns, view, ids: () => get(activity.picture)?.jobs.map(({ id }) => id) };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('while somebody looks', () => {
  it('asks again two seconds after each answer, and no more when nobody does', async () => {
    const { server, activity, ids } = open();
    await activity.start();
    expect(ids()).toEqual(['j1']);
    server.jobs = [jobOf({ id: 'j2' }), jobOf({})];
    await vi.advanceTimersByTimeAsync(1900);
    expect(server.asked.length).toBe(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(ids()).toEqual(['j2', 'j1']);
    activity.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.asked.length).toBe(2);
  });
  it('asks a server that works hard for its answers less often', async () => {
    const { server, activity } = open();
    server.held = new Promise((resolve) => void setTimeout(resolve, 1000));
    const started = activity.start();
    await vi.advanceTimersByTimeAsync(1000);
    await started;
    await vi.advanceTimersByTimeAsync(8900);
    expect(server.asked.length).toBe(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(server.asked.length).toBe(2);
    activity.stop();
  });
  it('asks nothing in a window that is out of sight', async () => {
    const { server, activity, view } = open();
    await activity.start();
    view.isHidden = true;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(server.asked.length).toBe(1);
    view.isHidden = false;
    await vi.advanceTimersByTimeAsync(2100);
    expect(server.asked.length).toBe(2);
    activity.stop();
  });
  it('says what a failed request means, keeps what it knew, and recovers', async () => {
    const { server, activity, ids, errors } = open();
    await activity.start();
    server.isDown = true;
    await vi.advanceTimersByTimeAsync(2100);
    expect([get(activity.problem), ids()]).toEqual(['Tonotope does not answer.', ['j1']]);
    server.isDown = false;
    await vi.advanceTimersByTimeAsync(2100);
    expect([get(activity.problem), errors]).toEqual(['', []]);
    activity.stop();
  });
  it('leaves a session that has ended to the app, and stops asking', async () => {
    const { server, activity, errors } = open();
    server.refusal = new ApiError('Sign in first.', 'signed_out', 401);
    await activity.start();
    await vi.advanceTimersByTimeAsync(20_000);
    expect([errors, server.asked.length]).toEqual([[server.refusal], 1]);
  });
});

describe('what is listed', () => {
  it('follows the choice at once, and an answer to an older choice is dropped', async () => {
    const { server, activity, ids } = open([jobOf({ id: 'done', state: 'done' }), jobOf({ id: 'failed' })]);
    let release = () => {};
    server.held = new Promise((resolve) => void (release = resolve));
    const started = activity.start();
    server.held = null;
    await activity.choose({ state: 'failed' });
    expect(ids()).toEqual(['failed']);
    release();
    await started;
    expect(ids()).toEqual(['failed']);
    activity.stop();
  });
  it('grows by fifty, to no more than one request may ask for, and begins anew with another choice', async () => {
    const { server, activity } = open();
    for (let k = 0; k < 12; k++) await activity.showMore();
    await activity.choose({ run: 7 });
    const limits = server.asked.map((choice) => /** @type {{ limit: number }} */ (choice).limit);
    expect(limits).toEqual([100, 150, 200, 250, 300, 350, 400, 450, 500, 500, 500, 500, 50]);
    expect(server.asked.at(-1)).toEqual({ state: undefined, run_id: 7, limit: 50 });
  });
  it('tells the story of one job while it is open', async () => {
    const { activity } = open();
    await activity.open('j1');
    expect(get(activity.details)).toMatchObject({ id: 'j1', detail: 'why' });
    await activity.open(null);
    expect([get(activity.openId), get(activity.details)]).toEqual([null, null]);
  });
  it('holds the newest runs, as events tell of them', async () => {
    const { activity, server, liveRuns } = open();
    server.runs = Array.from({ length: 12 }, (_, k) => runOf(12 - k));
    await activity.start();
    liveRuns.set(new Map([['s', runOf(13, 'scanning')], ['t', runOf(5, 'failed')]]));
    const runs = get(activity.runs);
    expect(runs.map(({ id }) => id)).toEqual([13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    expect([runs[0].state, runs[8].state]).toEqual(['scanning', 'failed']);
    activity.stop();
  });
});

describe('a wish', () => {
  it('to try again shows at once what became of the job', async () => {
    const { activity } = open();
    await activity.start();
    const wish = activity.retry('j1');
    expect([...get(activity.busy)]).toEqual(['j1']);
    await wish;
    expect(get(activity.outcome)).toMatchObject({ kind: 'resent', job: { id: 'j1', attempt: 4 } });
    expect(get(activity.picture)?.jobs[0]).toMatchObject({ state: 'waiting', attempt: 4 });
    activity.stop();
  });
  it('is sent once, however often one clicks, and a double click does not take it back', async () => {
    const { activity, api } = open();
    const retry = vi.spyOn(api, 'retryJob');
    const cancel = vi.spyOn(api, 'cancelJob');
    await Promise.all([activity.retry('j1'), activity.retry('j1')]);
    await activity.cancel('j1');
    expect([retry.mock.calls.length, cancel.mock.calls.length]).toEqual([1, 0]);
    await vi.advanceTimersByTimeAsync(700);
    await activity.cancel('j1');
    expect(cancel.mock.calls.length).toBe(1);
  });
  it('may be taken over by another job, or turn out to be needless', async () => {
    const { activity, api } = open();
    api.retryJob = async () => ({ job: jobOf({ id: 'j9', command: 'LayOutSounds' }) });
    await activity.retry('j1');
    expect(get(activity.outcome)).toMatchObject({ kind: 'replaced', job: { id: 'j9' } });
    await vi.advanceTimersByTimeAsync(700);
    api.retryJob = async () => ({ job: null });
    await activity.retry('j1');
    expect(get(activity.outcome)).toMatchObject({ kind: 'needless', job: { id: 'j1' } });
  });
  it('to cancel a job or a run says so', async () => {
    const { activity, stopped } = open();
    await activity.cancel('j1');
    expect(get(activity.outcome)).toMatchObject({ kind: 'cancelled', job: { id: 'j1' } });
    await activity.stopRun(runOf(4));
    expect([get(activity.outcome), stopped]).toEqual([{ kind: 'stopped' }, [4]]);
  });
  it('that is refused says why, and the list is still good', async () => {
    const { server, activity, api, errors } = open();
    await activity.start();
    api.cancelJob = async () => { throw new ApiError('This job has ended already.', 'conflict', 409); };
    await activity.cancel('j1');
    expect([get(activity.outcome), get(activity.problem), errors]).toEqual([{ kind: 'refused', message: 'This job has ended already.' }, '', []]);
    expect(server.asked.length).toBe(2);
    activity.stop();
  });
});

describe('jobs', () => {
  it('are open until they end, and what did not succeed can be tried again', () => {
    const states = /** @type {Job['state'][]} */ (['waiting', 'sent', 'running', 'done', 'failed', 'cancelled']);
    expect(states.map((state) => isOpen({ state }))).toEqual([true, true, true, false, false, false]);
    expect(states.map((state) => isRetryable({ state }))).toEqual([false, false, false, false, true, true]);
    expect(isRetryable({ state: null })).toBe(false);
  });
  it('are summed up over all lanes', () => {
    const lane = {
      service: 'a', lane: 'bulk', waiting: 1, sent: 2, running: 3, done: 4, failed: 5, cancelled: 6, oldest_waiting_s: null, dead_letters: 0,
      resent: 0, redelivered: 0, outdated: 0,
    };
    expect(countStates([lane, { ...lane, lane: 'interactive', failed: 0 }])).toEqual({ waiting: 2, sent: 4, running: 6, done: 8, failed: 5, cancelled: 12 });
  });
});

describe('in words', () => {
  it.each(/** @type {[Partial<Job> & { command: string | null }, string][]} */ ([
    [{ command: 'AnalyzeAudio', n_files: 16 }, 'Listen to 16\u00a0sounds'],
    [{ command: 'AnalyzeAudio', n_files: 1 }, 'Listen to 1\u00a0sound'],
    [{ command: 'AnalyzeAudio' }, 'Listen to sounds'],
    [{ command: 'EmbedAudio', n_files: 16 }, 'Have a model hear 16\u00a0sounds'],
    [{ command: 'EmbedAudio' }, 'Have a model hear sounds'],
    [{ command: 'LayOutSounds' }, 'Draw the map'],
    [{ command: 'ClusterSounds' }, 'Find groups on the map'],
    [{ command: 'IndexSounds' }, 'Index Sounds'],
    [{ command: null }, 'A message that names no job we know'],
  ]))('%j is “%s”', (job, words) => expect(commandWords(job)).toBe(words));
  it('an attempt, a service, a reason', () => {
    expect(attemptWords({ attempt: 2, last_attempt: 3 })).toBe('2 of 3');
    expect(partWords('audio_analyzer')).toBe('Audio analyzer');
    expect(reasonWords(jobOf({ message: 'No worker finished it' }))).toBe('No worker finished it');
    expect(reasonWords(jobOf({ code: 'timed_out' }))).toBe('Took too long. Trying again may help.');
    expect(reasonWords(jobOf({ state: 'cancelled' }))).toBe('Somebody stopped it.');
    expect(reasonWords(jobOf({ state: 'done', message: 'x' }))).toBe('');
  });
  it.each([[0.2, 'under 1 s'], [1, '1 s'], [89, '89 s'], [150, '3 min'], [7200, '2 h'], [200_000, '2 days']])('%d s are %s', (seconds, words) => {
    expect(spanWords(seconds)).toBe(words);
  });
  it('when something happened', () => {
    expect([agoWords('2026-01-01T11:59:30Z', NOW), agoWords('2026-01-01T12:00:02Z', NOW)]).toEqual(['30 s ago', 'just now']);
    expect(timeWords(jobOf({ finished_at: '2026-01-01T11:50:00Z' }), NOW)).toBe('10 min ago');
    expect(timeWords(jobOf({ state: 'running', sent_at: '2026-01-01T11:59:50Z' }), NOW)).toBe('for 10 s');
    expect(timeWords(jobOf({ state: 'waiting', attempt: 1 }), NOW)).toBe('waits 60 s');
    expect(timeWords(jobOf({ state: 'waiting', attempt: 2, sign_at: '2026-01-01T11:59:55Z' }), NOW)).toBe('waits 5 s');
  });
  it('what came of a wish', () => {
    expect(outcomeWords({ kind: 'resent', job: jobOf({ attempt: 4, last_attempt: 6 }) })).toBe('Sent again: Listen to 16\u00a0sounds, attempt 4 of 6.');
    expect(outcomeWords({ kind: 'cancelled', job: jobOf({ command: 'LayOutSounds', n_files: 0 }) })).toBe('Cancelled: Draw the map.');
    expect(outcomeWords({ kind: 'needless', job: jobOf({}) })).toContain('up to date');
    expect(outcomeWords({ kind: 'replaced', job: jobOf({ command: 'LayOutSounds' }) })).toContain('another job: Draw the map');
    expect(outcomeWords({ kind: 'stopped' })).toContain('stays');
    expect(outcomeWords({ kind: 'refused', message: 'No.' })).toBe('No.');
  });
});
