import type { EngineResult } from '../models/engine/engine.ts'
import type { RerankResult } from '../services/rerank.ts'
import { countUnknown, unknownPlaces, unknownWarnings } from '../services/unknown.ts'

/** The measurements of an answer as headers: `Server-Timing` for browsers, and the names that TEI uses. */
export function measurementHeaders(result: EngineResult): Record<string, string> {
  const [load, tokenize, inference] = [result.loadMs, result.tokenizeMs, result.inferenceMs].map((ms) =>
    ms.toFixed(3),
  )
  return {
    'server-timing': `load;dur=${load}, tokenize;dur=${tokenize}, inference;dur=${inference}`,
    'x-cold-start': String(result.coldStart),
    'x-load-time': load!,
    'x-tokenization-time': tokenize!,
    'x-inference-time': inference!,
    'x-compute-tokens': String(result.tokens),
    ...truncationHeader(result.truncated),
    'x-unknown-inputs': String(countUnknown(result.unknown)),
  }
}

/** How many inputs were longer than the model reads, and lost what is beyond. */
export function truncationHeader(truncated: number): Record<string, string> {
  return { 'x-truncated': String(truncated) }
}

/** The same in a sentence, none when nothing was lost. */
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

/** Headers of an answer that is a bare list of scores: how many of query and texts are unknown, and which, in a sentence. */
export function scoreHeaders(
  model: string,
  marks: Marks,
  query: string,
  texts: string,
): Record<string, string> {
  const [warning] = scoreWarnings(model, marks, query, texts)
  const count = countUnknown(marks.unknown) + (marks.unknownQuery ? 1 : 0)
  return { 'x-unknown-inputs': String(count), ...(warning && { 'x-warning': warning }) }
}
