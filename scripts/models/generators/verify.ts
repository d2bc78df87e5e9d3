import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createContext } from '../../../src/context.ts'
import { AppError } from '../../../src/errors.ts'
import type { GeneratorCanary, GeneratorManifest } from '../../../src/models/catalog/generator-manifest.ts'
import { readVerified } from '../../../src/models/files/verification.ts'
import type { Generator } from '../../../src/models/generate/generator.ts'
import { openGenerator } from '../../../src/models/generate/open.ts'

/** A language model of which files are here. */
type HereManifest = Exclude<GeneratorManifest, { readonly runtime: 'remote' }>

/** How a model went on behind the tokens of one canary. */
interface CanaryResult {
  /** Tokens that are those of the canary, up to the first other one. */
  readonly right: number
  readonly of: number
  /** The greatest difference of a first token's logarithm. */
  readonly off: number
}

/** Of one answer: the canaries of the largest model take a minute. A template without end would take for ever. */
const MOST_MS = 300_000

/** Where programs and runtimes lie. */
interface VerifyPlaces {
  readonly folder: string
  readonly llamaProgram: string
  readonly runtimeFolders: readonly string[]
}

/**
 * Greatest difference of a logarithm of a chance that rounding explains: 0.005 was seen with weights of 16 bits against
 * torch, 0.09 with weights of 4 bits against numpy; other weights are off by whole numbers.
 */
export const MOST_OFF = 0.25

/**
 * Hashes every file of a language model, loads it and has it go on behind the tokens of its canaries.
 *
 * @returns nothing for a model without canaries, which has then answered a greeting
 * @throws AppError `artifact_missing`, `artifact_corrupt`, `runtime_missing`, `inference_failed`
 */
export async function verifyGenerator(manifest: HereManifest, places: VerifyPlaces): Promise<CanaryResult[]> {
  const pathOf = (path: string) => join(places.folder, manifest.id, path)
  for (const file of manifest.files) readVerified(pathOf(file.path), file, manifest.id)
  if (manifest.runtime === 'gguf' && !existsSync(places.llamaProgram)) throw notBuilt(places.llamaProgram)
  const generator = await openGenerator(manifest, {
    fileAt: async (path) => pathOf(path),
    llamaProgram: places.llamaProgram,
    runtimeFolders: places.runtimeFolders,
    // Two threads that share a core are a hundred times slower than one.
    threads: 1,
    contextTokens: Math.min(manifest.contextTokens, 512),
    chunkTokens: 64,
    queueLimit: 1,
    availableBytes: Number.MAX_SAFE_INTEGER,
  })
  try {
    const results: CanaryResult[] = []
    for (const canary of manifest.canaries) results.push(await runCanary(manifest.id, generator, canary))
    if (results.length === 0) await greet(manifest, generator)
    return results
  } finally {
    await generator.close()
  }
}

async function runCanary(
  id: string,
  generator: Generator,
  { prompt, greedy, firstTop }: GeneratorCanary,
): Promise<CanaryResult> {
  if (!generator.prove) {
    throw new AppError(
      'unsupported_task',
      `The runtime of model ${id} shows no tokens, so that its canaries cannot be run.`,
    )
  }
  const asked = firstTop.map(([token]) => token)
  const proof = { prompt, count: greedy.length, asked }
  const { tokens, logprobs } = await generator.prove(proof, createContext({ deadline: Date.now() + MOST_MS }))
  const wrong = greedy.findIndex((token, place) => tokens[place] !== token)
  const off = firstTop.map(([, logprob], place) => Math.abs(logprobs[place]! - logprob))
  return { right: wrong < 0 ? greedy.length : wrong, of: greedy.length, off: Math.max(0, ...off) }
}

/** Has a model that only judges judge once. */
async function choose(id: string, generator: Generator): Promise<void> {
  const choosing = {
    before: 'Nurse: ',
    texts: ['a nurse'],
    after: '',
    choices: ['yes', 'no'],
    textTokens: 16,
  }
  for await (const { probabilities } of generator.choose?.(
    choosing,
    createContext({ deadline: Date.now() + MOST_MS }),
  ) ?? []) {
    if (probabilities.some((chance) => chance > 0)) return
  }
  throw new AppError('inference_failed', `Model ${id} gave no verdict; its file may be broken.`)
}

async function greet({ id, tasks }: HereManifest, generator: Generator): Promise<void> {
  if (!tasks.includes('chat')) return choose(id, generator)
  const messages = [{ role: 'user', content: 'Hello, how are you?' }] as const
  let tokens = 0
  for await (const part of generator.generate(
    messages,
    { maxTokens: 8, temperature: 0 },
    createContext({ deadline: Date.now() + MOST_MS }),
  )) {
    if (part.kind === 'finish') tokens = part.usage?.generatedTokens ?? 0
  }
  if (tokens > 0) return
  throw new AppError(
    'inference_failed',
    `Model ${id} answered nothing to a greeting; its file may be broken.`,
  )
}

function notBuilt(program: string): AppError {
  return new AppError(
    'runtime_missing',
    `The program ${program}, which runs GGUF files, is not built; run "npm run build" first.`,
  )
}
