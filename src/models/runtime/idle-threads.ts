/**
 * What a session of several threads does between two runs. Its helping threads look for work without pause unless told
 * otherwise, long after the answer is out, and take the processor from whoever shares it: another worker, the thread with
 * the sockets, the bill. They stop with the run here; within one they look for 200 µs, and less and less often.
 *
 * Measured with all-MiniLM-L6-v2, two threads on two cores, one text of 14 tokens each 5 ms, in pairs: 12.9–13.6 ms of
 * processor time a run before, 6.5–8.0 ms now, at 3.7–4.1 ms before and 3.2–4.0 ms now. Runs without a pause (1 × 14,
 * 1 × 128, 8 × 14 and 32 × 14 tokens) take as long as before. A search among 20,000 rows each
 * 10 ms: 13–17 ms before, 7.5–9.2 ms now. `allow_spinning: '0'` is not taken: it makes a short text
 * 0.3–0.6 ms slower, since each operator then waits for threads that sleep.
 */
const QUIET = {
  session: { force_spinning_stop: '1', intra_op: { spin_duration_us: '200', spin_backoff_max: '16' } },
} as const

/** How many threads a session has, at least 1, and what they do when there is no run, where any of them waits. */
interface ThreadOptions {
  readonly intraOpNumThreads: number
  readonly interOpNumThreads: 1
  readonly extra?: Record<string, unknown>
}

/** What the runtime is told of a session's threads, the caller's own being one of the `threads`. */
export function threadOptions(threads: number): ThreadOptions {
  return { intraOpNumThreads: threads, interOpNumThreads: 1, ...(threads > 1 ? { extra: QUIET } : {}) }
}
