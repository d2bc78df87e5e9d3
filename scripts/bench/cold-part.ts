import { readFileSync } from 'node:fs'
import { createSession } from '../../src/models/session.ts'
import { loadFlatTokenizer, loadTokenizer } from '../../src/models/tokenizer.ts'

/** One part of a cold start, done once in a process of its own. */
export type ColdJob =
  | { readonly part: 'graph'; readonly path: string; readonly optimized: boolean; readonly threads: number }
  | { readonly part: 'tokenizer'; readonly path: string }
  | { readonly part: 'flat tokenizer'; readonly path: string; readonly source: string }

/** What the part took. Memory is resident bytes above what the process had before. */
export interface ColdOutcome {
  readonly ms: number
  /** Of the first use after it, which pays for what was put off. */
  readonly firstUseMs: number
  readonly addedBytes: number
  readonly peakAddedBytes: number
}

/** Does the part and returns what uses it once. */
async function load(job: ColdJob): Promise<() => unknown> {
  if (job.part === 'graph') {
    const session = await createSession(job.path, 'measured', job)
    const ids = Int32Array.from({ length: 32 }, (_, index) => 1000 + index)
    return () => session.run({ ids, typeIds: undefined, lengths: Int32Array.of(32), sequence: 32 })
  }
  const settings = { specialTokens: true, dropUnknown: false }
  const tokenizer =
    job.part === 'tokenizer'
      ? await loadTokenizer(readFileSync(job.path, 'utf8'), settings)
      : await loadFlatTokenizer(readFileSync(job.path), job.source, settings)
  return () => tokenizer.encode('A sentence with some 中文 in it.', { maxTokens: 128, truncate: 'end' })
}

async function main(job: ColdJob): Promise<ColdOutcome> {
  // Importing the runtime is the same for every graph, and not what is measured.
  if (job.part === 'graph') await import('onnxruntime-node')
  const idleBytes = process.memoryUsage().rss
  const start = performance.now()
  const use = await load(job)
  const loaded = performance.now()
  await use()
  const used = performance.now()
  return {
    ms: loaded - start,
    firstUseMs: used - loaded,
    addedBytes: process.memoryUsage().rss - idleBytes,
    peakAddedBytes: process.resourceUsage().maxRSS * 1024 - idleBytes,
  }
}

void main(JSON.parse(process.argv[2]!)).then((outcome) => console.log(JSON.stringify(outcome)))
