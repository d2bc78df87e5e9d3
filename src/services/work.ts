import type { EngineResult } from '../models/engine/engine.ts'

/** What models did for an answer, as its headers tell it. */
export type Work = Pick<
  EngineResult,
  'tokens' | 'truncated' | 'coldStart' | 'loadMs' | 'tokenizeMs' | 'inferenceMs'
>

/** No work at all. */
export const NO_WORK: Work = {
  tokens: 0,
  truncated: 0,
  coldStart: false,
  loadMs: 0,
  tokenizeMs: 0,
  inferenceMs: 0,
}

/** The work of two calls, one after the other. */
export function addWork(one: Work, other: Work): Work {
  return {
    tokens: one.tokens + other.tokens,
    truncated: one.truncated + other.truncated,
    coldStart: one.coldStart || other.coldStart,
    loadMs: one.loadMs + other.loadMs,
    tokenizeMs: one.tokenizeMs + other.tokenizeMs,
    inferenceMs: one.inferenceMs + other.inferenceMs,
  }
}
