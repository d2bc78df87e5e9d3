import type { Context } from '../context.ts'
import type { Encoded, EncodeOptions, EncoderInput } from './encoder.ts'

/** One call of an engine: inputs for one model of the catalog, named by its id. */
export interface EngineJob {
  readonly model: string
  readonly inputs: readonly EncoderInput[]
  readonly options: EncodeOptions
}

/** Vectors with the measurements of making them, loading included. */
export interface EngineResult extends Encoded {
  /** Whether this call had to load the model. */
  readonly coldStart: boolean
  /** 0 when the model was loaded already. */
  readonly loadMs: number
  /** Bytes of the files that were loaded, 0 when none were. */
  readonly loadBytes: number
  /** Sessions that had to leave memory for this one. */
  readonly evictions: number
}

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
}

/** Runs any model of the catalog, in this thread or in workers; loads it first where need be. */
export interface Engine {
  embed(job: EngineJob, context: Context): Promise<EngineResult>
  /** Loads models, in order, so that the first request need not. */
  preload(models: readonly string[], context: Context): Promise<void>
  /** Every model that was ever loaded. */
  usage(): readonly ModelUsage[]
  /** Releases every native session. The engine cannot be used afterwards. */
  close(): Promise<void>
}
