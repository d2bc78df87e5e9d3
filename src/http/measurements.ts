import type { EngineResult } from '../models/engine/engine.ts'
import type { RerankResult } from '../services/rerank.ts'
import { countMarks, unknownPlaces, unknownWarnings } from '../services/unknown.ts'
import type { Work } from '../services/work.ts'

/** The measurements of an answer with vectors as headers. */
export function measurementHeaders(result: EngineResult): Record<string, string> {
  return workHeaders(result, countMarks(result.unknown))
}

/**
 * The same for an answer whose body has no place for warnings, which then stand in a header.
 *
 * @param inputs what the caller calls them
 */
export function vectorHeaders(model: string, result: EngineResult, inputs: string): Record<string, string> {
  return {
    ...measurementHeaders(result),
    ...warningHeader(unknownWarnings(model, unknownPlaces(result.unknown, inputs))),
  }
}

function warningHeader([warning]: readonly string[]): Record<string, string> {
  return warning === undefined ? {} : { 'x-warning': warning }
}

/**
 * The work of an answer as headers: `Server-Timing` for browsers, and the names that TEI uses; how many inputs were
 * longer than the model reads, and of how many it knows no token.
 */
export function workHeaders(work: Work, unknown: number): Record<string, string> {
  const [load, tokenize, inference] = [work.loadMs, work.tokenizeMs, work.inferenceMs].map((ms) =>
    ms.toFixed(3),
  )
  return {
    'server-timing': `load;dur=${load}, tokenize;dur=${tokenize}, inference;dur=${inference}`,
    'x-cold-start': String(work.coldStart),
    'x-load-time': load!,
    'x-tokenization-time': tokenize!,
    'x-inference-time': inference!,
    'x-compute-tokens': String(work.tokens),
    'x-truncated': String(work.truncated),
    'x-unknown-inputs': String(unknown),
  }
}

/** How many inputs lost tokens, in a sentence; none when nothing was lost. */
export function truncationWarnings(truncated: number, all: number): string[] {
  if (truncated === 0) return []
  return [
    `${truncated} of ${all} inputs lost tokens: they are longer than the model reads, or than was asked for.`,
  ]
}

/** What a scorer did not know of query and texts: {@link RerankResult}. */
type Marks = Pick<RerankResult, 'unknown' | 'unknownQuery'>

/** The warnings about scores: `query` and `texts` are what the caller calls the two. */
export function scoreWarnings(
  model: string,
  { unknown, unknownQuery }: Marks,
  query: string,
  texts: string,
): string[] {
  return unknownWarnings(model, [...(unknownQuery ? [query] : []), ...unknownPlaces(unknown, texts)])
}

/** Headers of an answer that is a bare list of scores: the work, and which of query and texts are unknown in a sentence. */
export function scoreHeaders(
  model: string,
  result: RerankResult,
  query: string,
  texts: string,
): Record<string, string> {
  const unknown = countMarks(result.unknown) + (result.unknownQuery ? 1 : 0)
  return { ...workHeaders(result, unknown), ...warningHeader(scoreWarnings(model, result, query, texts)) }
}
