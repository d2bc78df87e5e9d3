/**
 * The only file that loads node-llama-cpp (3.22.1, llama.cpp v0.5.0): 400 ms of processor time to import, another
 * process that tries the binary first, and native code that may end the process. So it runs in a process of its own, and
 * no door that makes vectors ever loads it.
 */
import { createRequire } from 'node:module'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { AppError, invalid } from '../../../errors.ts'
import type { LikelyToken } from '../sampling.ts'
import type { DrawnToken, LlamaRuntime, LlamaSettings } from './runtime.ts'

/** What is used of the library, as its own types have it. */
interface Library {
  getLlama(options: Readonly<Record<string, unknown>>): Promise<Llama>
  readonly LlamaLogLevel: { readonly error: string }
  readonly LlamaGrammarEvaluationState: new (parts: { model: Model; grammar: Grammar }) => GrammarState
}
interface Grammar {
  readonly grammar: string
}
interface GrammarState {
  clone(): GrammarState
}
interface Llama {
  loadModel(options: { readonly modelPath: string; readonly gpuLayers: number }): Promise<Model>
  createGrammarForJsonSchema(schema: object): Promise<Grammar>
  dispose(): Promise<void>
}
interface Model {
  readonly tokens: { readonly bos: number | null; readonly shouldPrependBosToken: boolean }
  tokenize(text: string, special: boolean): number[]
  detokenize(tokens: readonly number[], special: boolean, before: readonly number[]): string
  isEogToken(token: number): boolean
  createContext(options: Readonly<Record<string, unknown>>): Promise<LlamaContext>
}
/** `_ctx` is none of its public parts: those rank a pair in one go, and evaluate the beginning of each anew. */
interface LlamaContext {
  getSequence(): Sequence
  readonly _ctx: { getEmbedding(tokens: number, numbers: number): ArrayLike<number> }
}
interface Sequence {
  readonly nextTokenIndex: number
  adaptStateToTokens(tokens: readonly number[], allowShift: boolean): Promise<void>
  evaluateWithoutGeneratingNewTokens(tokens: readonly number[]): Promise<void>
  controlledEvaluate(
    input: readonly unknown[],
  ): Promise<
    readonly (
      | { readonly next: { readonly logits?: Map<number, number>; readonly totalLogitWeight?: number } }
      | undefined
    )[]
  >
  evaluate(
    tokens: readonly number[],
    options: { readonly _noSampling: true },
  ): AsyncGenerator<unknown, void, undefined>
  evaluateWithMetadata(
    tokens: readonly number[],
    metadata: { readonly probabilities: boolean },
    options: Readonly<Record<string, unknown>>,
  ): AsyncGenerator<{ readonly token: number; readonly probabilities?: Map<number, number> }>
}

/** Of the likeliest, which llama.cpp draws from under a grammar; the rest is noise. */
const TOP_K = 128
/**
 * What llama.cpp selects of all tokens, beside telling of them: the likeliest, or a few of the likeliest. `includeTop`
 * sorts all tokens unless it has selected a few: 15 ms of processor time for the 152,000 of Qwen, a third of a token.
 */
const LIKELIEST = { temperature: 0 }
const DRAWN = { temperature: 1, topP: 1, minP: 0 }

/**
 * Opens a model whose file has been checked.
 *
 * @throws AppError `runtime_missing` where the library is not installed; Error of llama.cpp for a file that it refuses
 */
export async function openLlama(settings: LlamaSettings): Promise<LlamaRuntime> {
  const { library, llama, complaints } = await startLibrary(settings)
  const model = await llama.loadModel({ modelPath: settings.path, gpuLayers: 0 }).catch((cause) => {
    throw refusedBy(complaints, settings.path, cause)
  })
  const context = await model.createContext({
    contextSize: settings.contextTokens,
    batchSize: settings.chunkTokens,
    threads: { ideal: settings.threads, min: settings.threads },
    // Without it Gemma keeps of a shared beginning no more than its window.
    swaFullCache: true,
    ...(settings.ranks && { _embeddings: true, _ranking: true }),
  })
  const sequence = context.getSequence()
  return {
    contextTokens: settings.contextTokens,
    begin: model.tokens.shouldPrependBosToken ? (model.tokens.bos ?? undefined) : undefined,
    tokenize: (text, special) => model.tokenize(text, special),
    textOf: (tokens, before) => model.detokenize(tokens, false, before),
    endsAnswer: (token) => model.isEogToken(token),
    async keep(tokens) {
      await sequence.adaptStateToTokens(tokens, false)
      return sequence.nextTokenIndex
    },
    evaluate: (tokens) => sequence.evaluateWithoutGeneratingNewTokens(tokens),
    async likely(token, { top, tokens = [], ratios = false }) {
      const filter = { tokens, ...(top <= 1 ? { includeSelected: true } : { includeTop: top }) }
      const options = ratios && top > 1 ? { ...DRAWN, topK: top } : LIKELIEST
      const [output] = await sequence.controlledEvaluate([
        [token, { generateNext: { logits: { filter }, totalLogitWeight: true, options } }],
      ])
      return logprobsOf(output?.next.logits ?? new Map(), output?.next.totalLogitWeight ?? Number.NaN)
    },
    async *constrained(token, { schema, temperature, topP, seed, top }) {
      const grammar = await llama.createGrammarForJsonSchema(schema).catch(refuseSchema)
      const grammarEvaluationState = new library.LlamaGrammarEvaluationState({ model, grammar })
      const options = { temperature, topP, topK: TOP_K, seed, grammarEvaluationState, yieldEogToken: true }
      const tokens = sequence.evaluateWithMetadata([token], { probabilities: top !== undefined }, options)
      for await (const drawn of tokens) yield drawnOf(drawn, top)
    },
    ...(settings.ranks && { rank: (token: number) => rankBehind(context, sequence, token) }),
    close: () => llama.dispose(),
  }
}

async function rankBehind({ _ctx }: LlamaContext, sequence: Sequence, token: number): Promise<number> {
  // The head's numbers are there with the first turn; what it would draw is not wanted.
  for await (const _ of sequence.evaluate([token], { _noSampling: true })) break
  return _ctx.getEmbedding(sequence.nextTokenIndex, 1)[0] ?? Number.NaN
}

function refuseSchema(cause: unknown): never {
  const reason = JSON.stringify((cause instanceof Error ? cause.message : String(cause)).slice(0, 200))
  throw invalid(
    'response_format',
    `The schema of response_format cannot be made a grammar: ${reason}; make it simpler.`,
  )
}

/** The logarithms of softmax over all tokens, of which only some logits are known, and the sum of all weights. */
function logprobsOf(logits: ReadonlyMap<number, number>, total: number): LikelyToken[] {
  const entries = [...logits].sort((one, other) => other[1] - one[1])
  const most = entries[0]?.[1] ?? Number.NaN
  return entries.map(([token, logit]) => [token, logit - most - Math.log(total)])
}

function drawnOf(
  {
    token,
    probabilities = new Map(),
  }: { readonly token: number; readonly probabilities?: Map<number, number> },
  top = 0,
): DrawnToken {
  const own = probabilities.get(token)
  const likely = [...probabilities].slice(0, top)
  const all =
    own === undefined || likely.some(([one]) => one === token) ? likely : [...likely, [token, own] as const]
  return { token, likely: all.map(([one, probability]) => [one, Math.log(probability)]) }
}

const LIBRARY = 'node-llama-cpp'

/** The library with its native part, built for this machine. */
async function startLibrary({ runtimeFolders, threads }: LlamaSettings) {
  const complaints: string[] = []
  try {
    const library = await loadLibrary(runtimeFolders)
    const llama = await library.getLlama({
      gpu: false,
      build: 'never',
      skipDownload: true,
      maxThreads: threads,
      logLevel: library.LlamaLogLevel.error,
      logger: (_: unknown, message: string) => {
        complaints.push(message)
        process.stderr.write(`llama.cpp: ${message.trimEnd()}\n`)
      },
      progressLogs: false,
    })
    return { library, llama, complaints }
  } catch (cause) {
    throw cause instanceof AppError ? cause : missing('is installed but cannot be started here', cause)
  }
}

/** The library says "Failed to load model" of every file; why, llama.cpp has told its log. */
function refusedBy(complaints: readonly string[], path: string, cause: unknown): unknown {
  const [, reason] = /error loading model: (.+)/.exec(complaints.join('\n')) ?? []
  if (reason === undefined) return cause
  // Who asks need not know where the file lies.
  return new Error(reason.replace('error loading model ', '').replaceAll(path, 'the file'), { cause })
}

/** The library asks for the user's home as it is loaded, which a number without a name, as containers run under, has none. */
function provideHome(): void {
  try {
    homedir()
  } catch {
    process.env.HOME = tmpdir()
  }
}

async function loadLibrary(folders: readonly string[]): Promise<Library> {
  provideHome()
  for (const folder of folders) {
    const place = placeIn(folder)
    if (place !== undefined) return import(pathToFileURL(place).href)
  }
  throw missing('is not installed')
}

function missing(what: string, cause?: unknown): AppError {
  return new AppError(
    'runtime_missing',
    `Language models of this kind need the package ${LIBRARY}, which ${what}; run "node scripts/install-llm-runtime.mjs", or install it with its binaries for this processor beside the server. Vectors and matches go on without it.`,
    { cause },
  )
}

function placeIn(folder: string): string | undefined {
  try {
    return createRequire(join(folder, 'package.json')).resolve(LIBRARY)
  } catch {
    return undefined
  }
}
