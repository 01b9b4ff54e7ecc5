/**
 * The shapes of the HTTP API, for the type checker only: this module holds no code.
 *
 * @typedef {object} Session
 * @property {boolean} authenticated
 * @property {string | null} username
 * @property {boolean} loopback only this machine can reach the server, so nobody has to log in
 * @property {string} csrf_token
 * @property {string} version
 *
 * @typedef {object} Folders
 * @property {string} path
 * @property {string | null} parent
 * @property {{ name: string, path: string }[]} roots
 * @property {{ name: string, path: string }[]} folders
 * @property {number} n_audio_files
 *
 * @typedef {object} Run
 * @property {string | number} id
 * @property {string | number} source_id
 * @property {string | number | null} map_id
 * @property {import('@tonotope/shared/constants').RunState} state
 * @property {string} created_at
 * @property {string | null} finished_at
 * @property {number} files
 * @property {number} analyzed
 * @property {number} failed
 * @property {number} skipped
 * @property {number} found
 * @property {number} bytes_per_s
 * @property {number} files_per_s
 * @property {number | null} eta_s
 * @property {number} layout_fraction
 * @property {string} message
 * @property {Record<string, number>} failures_by_code
 *
 * @typedef {object} Failure
 * @property {number} audio_file_id
 * @property {string} path
 * @property {string} code
 * @property {string} message
 *
 * @typedef {object} Source
 * @property {string | number} id
 * @property {string} provider
 * @property {string} label
 * @property {'ok' | 'unreachable'} state
 * @property {string} [problem] in plain words why it is unreachable
 * @property {Record<string, string>} config
 * @property {number} n_files
 * @property {string | number} map_id
 * @property {string} created_at
 * @property {Run | null} last_run
 *
 * @typedef {object} SoundMap
 * @property {string | number} id
 * @property {string} title
 * @property {string | number} source_id
 * @property {number | null} layout_id
 * @property {'preview' | 'fit' | 'place' | null} layout_kind
 * @property {number} layout_version
 * @property {number} n_points
 * @property {[number, number, number, number] | null} bounds
 * @property {{ id: number, label: string, size: number, x: number, y: number }[]} clusters
 * @property {string | number | null} run_id
 *
 * @typedef {object} DescriptorSpec
 * @property {string} name
 * @property {string} title
 * @property {string} group
 * @property {string} unit
 * @property {'number' | 'category'} kind
 * @property {'linear' | 'log'} scale
 * @property {number | null} low
 * @property {number | null} high
 * @property {string} description
 *
 * @typedef {object} Rows columns in point order
 * @property {number[]} audio_file_id
 * @property {string[]} name
 * @property {string[]} path
 * @property {(number | null)[]} duration_s
 * @property {number[]} cluster
 * @property {string[][]} flags
 *
 * @typedef {{ parent_id: number, parent_name: string, parent_path: string, start_s: number, end_s: number, number: number, n_slices: number }} SliceOf
 *
 * @typedef {object} AudioFileDetails
 * @property {number} id
 * @property {string} name
 * @property {string} path
 * @property {string | number} source_id
 * @property {number} size_bytes
 * @property {string} content_hash
 * @property {number | null} duration_s what was measured is null until it was
 * @property {number | null} channels
 * @property {number | null} sample_rate_hz
 * @property {string | null} format
 * @property {string | null} codec
 * @property {number | null} bit_depth
 * @property {string[]} flags
 * @property {Record<string, number | string | null>} descriptors
 * @property {{ n: number, data: string } | null} peaks
 * @property {{ mime: string, start_s: number, duration_s: number, gain_db: number } | null} preview
 * @property {string} mime
 * @property {string[]} copies
 * @property {boolean} playable
 * @property {SliceOf | null} slice of which file this is a part; the original is then the whole file
 * @property {number} n_slices how many parts of this file are sounds of their own
 * @property {number} n_events how many events were found in it: more, where so many slices were not allowed
 *
 * @typedef {{ map_id: string | number, layout_id: number, frame: string, fraction: number }} Frame
 *
 * @typedef {object} Job
 * @property {string} id
 * @property {string | number | null} run_id
 * @property {string} node
 * @property {string} service
 * @property {import('@tonotope/shared/constants').Lane} lane
 * @property {string} command
 * @property {number} n_files
 * @property {import('@tonotope/shared/constants').JobState} state
 * @property {number} attempt
 * @property {number} last_attempt
 * @property {number} delivery how often a worker was given this attempt
 * @property {number} fraction 0…1
 * @property {string} code
 * @property {string} message
 * @property {string} created_at
 * @property {string | null} sent_at
 * @property {string | null} sign_at when something was last heard of it
 * @property {string | null} finished_at
 * @property {number} incidents
 *
 * @typedef {'resent' | 'redelivered' | 'outdated' | 'dead'} IncidentKind
 * @typedef {{ id: number, subject: string, reason: string, at: string }} JobDeadLetter
 * @typedef {JobDeadLetter & { job_id: string | null, command: string | null, state: Job['state'] | null }} DeadLetter
 * @typedef {Job & { detail: string, paths: string[], history: { kind: IncidentKind, detail: string, at: string }[], dead_letters: JobDeadLetter[] }} JobDetails
 *
 * @typedef {object} LaneSummary what one lane of one service is at
 * @property {string} service
 * @property {string} lane
 * @property {number} waiting
 * @property {number} sent
 * @property {number} running
 * @property {number} done
 * @property {number} failed
 * @property {number} cancelled
 * @property {number | null} oldest_waiting_s
 * @property {number} dead_letters
 * @property {number} resent
 * @property {number} redelivered
 * @property {number} outdated
 */
export {};
