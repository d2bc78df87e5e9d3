import type { EngineResult } from '../models/engine.ts'

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
