/** The jobs behind the development server: what was done, what waits, what went wrong, and what is made of a wish. */
import { FailureCode, JobState, Lane } from '@tonotope/shared/constants';

/** @typedef {import('../../src/api/types.js').Job} Job */
/** @typedef {import('../../src/api/types.js').JobDetails} JobDetails */
/** @typedef {import('../../src/api/types.js').DeadLetter} DeadLetter */
/** @typedef {import('../../src/api/types.js').LaneSummary} LaneSummary */

const N_DONE = 128;
const MORE_ATTEMPTS = 3;
const PATHS = ['Field recordings/Surf (recovered).wav', ...Array.from({ length: 15 }, (_, k) => `Field recordings/Surf ${k + 1}.wav`)];
const OPEN = /** @type {readonly string[]} */ ([JobState.WAITING, JobState.SENT, JobState.RUNNING]);
const TROUBLED = /** @type {Partial<Job & { detail: string }>[]} */ ([
  { state: JobState.WAITING }, { state: JobState.WAITING }, { state: JobState.SENT },
  { state: JobState.RUNNING, fraction: 0.62 }, { state: JobState.RUNNING, fraction: 0.18, attempt: 2, incidents: 1 },
  {
    state: JobState.FAILED, code: FailureCode.CRASHED, attempt: 3, incidents: 3, detail: 'Signal 11 in decode_frame\n  at offset 4,211,008 of Surf (recovered).wav',
    message: 'A file made its reader crash three times. Try again, and report the file if it happens once more.',
  },
  { state: JobState.FAILED, code: FailureCode.TIMED_OUT, message: 'It took longer than the 10 min that one job may take.' },
  { state: JobState.CANCELLED },
]);

export class JobBook {
  #timers = /** @type {Set<NodeJS.Timeout>} */ (new Set());
  #nextId = 1;
  /** @type {JobDetails[]} newest first */
  jobs = [];
  /** @type {DeadLetter[]} newest first */
  letters = [];

  /** @param {number} tickMs how fast a job that was retried goes on */
  constructor(tickMs) {
    this.tickMs = tickMs;
  }

  stop() {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** @param {string | number} runId whose jobs there shall be */
  fill(runId) {
    for (let k = 0; k < N_DONE; k++) this.#add({ run_id: runId, state: JobState.DONE, fraction: 1 }, 5 * (N_DONE - k) + 240);
    this.#add({ run_id: runId, state: JobState.DONE, fraction: 1, ...layout('LayOutSounds') }, 200);
    this.#add({ run_id: runId, state: JobState.DONE, fraction: 1, ...layout('ClusterSounds') }, 180);
    const crashed = TROUBLED.map((parts, k) => this.#add({ run_id: runId, ...parts }, 12 * (TROUBLED.length - k)))
      .find(({ code }) => code === FailureCode.CRASHED);
    if (!crashed) return;
    crashed.history = /** @type {JobDetails['history']} */ ([
      { kind: 'dead', detail: 'no worker lived to report a failure', at: ago(31) },
      { kind: 'redelivered', detail: 'given out for the 3rd time', at: ago(32) },
      { kind: 'redelivered', detail: 'given out for the 2nd time', at: ago(33) },
    ]);
    const letter = { subject: 'cmd.audio_analyzer.bulk', reason: 'The worker died each of the 3 times that it was given this command.', at: ago(20) };
    crashed.dead_letters = [{ id: 1, ...letter }];
    this.letters = [
      { id: 2, subject: 'cmd.audio_analyzer.bulk', reason: 'It is no message of ours: byte 0 is no JSON.', at: ago(9), job_id: null, command: null, state: null },
      { id: 1, ...letter, job_id: crashed.id, command: crashed.command, state: crashed.state },
    ];
  }

  /** @param {URLSearchParams} asked */
  list(asked) {
    const chosen = this.jobs.filter((job) => (!asked.get('state') || job.state === asked.get('state'))
      && (!asked.get('run_id') || String(job.run_id) === asked.get('run_id')));
    return { total: chosen.length, jobs: chosen.slice(0, Number(asked.get('limit') ?? 100)) };
  }

  /** @returns {LaneSummary[]} */
  summary() {
    const lanes = /** @type {Map<string, LaneSummary>} */ (new Map());
    for (const job of this.jobs) {
      const key = `${job.service}/${job.lane}`;
      const lane = lanes.get(key) ?? {
        service: job.service, lane: job.lane, waiting: 0, sent: 0, running: 0, done: 0, failed: 0, cancelled: 0,
        oldest_waiting_s: null, dead_letters: 0, resent: 0, redelivered: 0, outdated: 0,
      };
      lane[job.state] += 1;
      lane.redelivered += job.history.filter(({ kind }) => kind === 'redelivered').length;
      lane.dead_letters += job.dead_letters.length;
      if (job.state === JobState.WAITING || job.state === JobState.SENT) {
        lane.oldest_waiting_s = Math.max(lane.oldest_waiting_s ?? 0, (Date.now() - Date.parse(job.created_at)) / 1000);
      }
      lanes.set(key, lane);
    }
    return [...lanes.values()];
  }

  deadLetters() {
    const letters = this.letters.map((letter) => ({ ...letter, state: this.jobs.find(({ id }) => id === letter.job_id)?.state ?? null }));
    return { total: letters.length, dead_letters: letters };
  }

  /** @param {JobDetails} job @returns {string} why not; empty when it was done */
  retry(job) {
    if (OPEN.includes(job.state)) return 'This job has not ended: wait for it, or cancel it first.';
    if (job.state === JobState.DONE) return 'This job is done: there is nothing to try again.';
    Object.assign(job, {
      state: JobState.WAITING, attempt: job.attempt + 1, last_attempt: job.attempt + MORE_ATTEMPTS, delivery: 0, fraction: 0,
      code: '', message: '', detail: '', finished_at: null, sent_at: null, sign_at: null,
    });
    this.#later(4, () => Object.assign(job, { state: JobState.RUNNING, sent_at: ago(0), sign_at: ago(0), delivery: 1 }));
    this.#later(40, () => Object.assign(job, { state: JobState.DONE, fraction: 1, finished_at: ago(0) }));
    return '';
  }

  /** @param {JobDetails} job @returns {string} why not; empty when it was done */
  cancel(job) {
    if (!OPEN.includes(job.state)) return 'This job has ended already: there is nothing to cancel.';
    Object.assign(job, { state: JobState.CANCELLED, finished_at: ago(0) });
    return '';
  }

  /** @param {Partial<JobDetails>} parts @param {number} ageS */
  #add(parts, ageS) {
    const state = parts.state ?? JobState.WAITING;
    const isEnded = !OPEN.includes(state);
    /** @type {JobDetails} */
    const job = {
      id: (this.#nextId++).toString(16).padStart(32, '0'), run_id: null, node: 'descriptors', service: 'audio_analyzer', lane: Lane.BULK,
      command: 'AnalyzeAudio', n_files: 16, state, attempt: 1, last_attempt: 3, delivery: state === JobState.WAITING ? 0 : 1, fraction: 0,
      code: '', message: '', created_at: ago(ageS), sent_at: state === JobState.WAITING ? null : ago(ageS - 2),
      sign_at: state === JobState.RUNNING ? ago(1) : null, finished_at: isEnded ? ago(ageS - 6) : null, incidents: 0, detail: '',
      paths: PATHS, history: [], dead_letters: [], ...parts,
    };
    this.jobs.unshift(job);
    return job;
  }

  /** @param {number} ticks @param {() => void} act */
  #later(ticks, act) {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ticks * this.tickMs);
    this.#timers.add(timer);
  }
}

/** @param {number} seconds */
function ago(seconds) {
  return new Date(Date.now() - 1000 * seconds).toISOString();
}

/** @param {string} command */
function layout(command) {
  return { command, service: 'umap_service', lane: Lane.INTERACTIVE, node: command === 'ClusterSounds' ? 'clusters' : 'layout', n_files: 0, paths: [] };
}
