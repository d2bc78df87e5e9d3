import type { Context } from '../../context.ts'
import type { AppError } from '../../errors.ts'
import type { LoadSource } from '../../metrics.ts'
import type { Manifest } from '../catalog/manifest.ts'
import type { Encoded, EncodeOptions, EncoderInput } from '../encode/encoder.ts'
import type { PairScores, ScoreOptions } from '../encode/pair-scorer.ts'

/** One call of an engine: inputs for one model of the catalog, named by its id. */
export interface EngineJob {
  readonly model: string
  readonly inputs: readonly EncoderInput[]
  readonly options: EncodeOptions
}

/** One query with texts to score for it by one reranker of the catalog, named by its id. */
export interface ScoreJob {
  readonly model: string
  readonly query: string
  readonly texts: readonly string[]
  readonly options: ScoreOptions
}

/** Texts to show as the tokens of one model, named by its id. */
export interface TokenizeJob {
  readonly model: string
  readonly texts: readonly string[]
  /** Whether to show the tokens that the model has around each text. */
  readonly specialTokens: boolean
  /** Most bytes of the answer. */
  readonly maxBytes: number
}

/** What it took to have the model in memory. */
export interface Loading {
  /** Whether this call had to load the model. */
  readonly coldStart: boolean
  /** 0 when the model was loaded already. */
  readonly loadMs: number
  /** Bytes of the files that were loaded, 0 when none were. */
  readonly loadBytes: number
  /** Where the files came from, when they were loaded. */
  readonly loadedFrom?: LoadSource
  /** What the model takes in memory. */
  readonly memoryBytes?: number
  /** Sessions that had to leave memory for this one. */
  readonly evictions: number
  /** Time in line for a worker, and for the runs that the job shared with others. */
  readonly queueMs?: number
}

/** Vectors with the measurements of making them, loading included. */
export interface EngineResult extends Encoded, Loading {}

/** Scores with the measurements of making them, loading included. */
export interface ScoreResult extends PairScores, Loading {}

/** How a model has been used since the process began. */
export interface ModelUsage {
  readonly model: string
  readonly loaded: boolean
  /** What it takes while it is loaded: measured as it was loaded, 0 otherwise. */
  readonly memoryBytes: number
  readonly loads: number
  /** How often it left memory for another one. */
  readonly evictions: number
  /** Epoch milliseconds. */
  readonly lastUsedAt: number
  readonly runs: RunCounts
}

/** How many inputs runs of a graph had. */
export interface RunCounts {
  /** Of all runs together. */
  readonly inputs: number
  /** Runs of 1 input, of 2, of 3 or 4, of 5 to 8 and so on; as long as it has to be. */
  readonly bySize: readonly number[]
}

/** The place of a job among the few that run at a time, which it need not keep while it only waits. */
export interface Place {
  leave(): void
  /** Resolves once the job has a place again; rejects when its caller has gone before. */
  comeBack(): Promise<void>
}

/**
 * Runs any model of the catalog, in this thread or in workers; loads it first where need be. While a
 * job waits for a load it leaves its place, if it has one: a download that hangs must hold up nobody else.
 */
export interface Engine {
  /** @throws AppError `unsupported_task` for a model that makes no vectors */
  embed(job: EngineJob, context: Context, place?: Place): Promise<EngineResult>
  /** @throws AppError `unsupported_task` for a model that is no reranker */
  score(job: ScoreJob, context: Context, place?: Place): Promise<ScoreResult>
  /**
   * The tokens of each text, none cut off, as JSON in UTF-8: a list of `TokenText`s a text. They are written down
   * where they are made, for a million of them are 0.5 s of work for the thread that reads them from another one. The
   * model itself need not be loaded.
   *
   * @throws AppError `payload_too_large` when the answer would have more than `maxBytes`
   */
  tokenize(job: TokenizeJob, context: Context, place?: Place): Promise<Uint8Array<ArrayBuffer>>
  /** Loads models, in order, so that the first request need not; in this thread, adds the loads to the metrics. */
  preload(models: readonly string[], context: Context): Promise<void>
  /**
   * Takes a model out of memory, once no job has it any more; nothing when it is not there. Absent in an engine that
   * serves another one's models.
   *
   * @throws AppError `overloaded` when the context ends while the model is in use
   */
  unload?(model: string, context: Context): Promise<void>
  /** Makes a model known that was found after the start: jobs may name it from now on. One that is known stays as it is. */
  admit?(manifest: Manifest): void
  /** Every model that was ever loaded. */
  usage(): readonly ModelUsage[]
  /** How many jobs wait for a worker; absent in an engine in which none waits. */
  waiting?(): number
  /** The error that a job would get now because too many wait; absent in an engine in which none waits. */
  full?(): AppError | undefined
  /** What only a restart of the process can repair, in a sentence; absent in an engine that cannot know. */
  problem?(): string | undefined
  /** Releases every native session. The engine cannot be used afterwards. */
  close(): Promise<void>
}
