import type { Context } from '../../context.ts'
import type { ByteSource } from '../../formats/byte-source.ts'
import type { WritableStore } from '../../storage/store.ts'
import type { TrainFile } from './identify.ts'
import type { TrainSettings } from './settings.ts'
import type { Steps } from './steps.ts'

/** A file of a job, to be read by ranges. */
export interface LearnFile {
  readonly name: string
  readonly source: ByteSource
}

/** All that a job learns from, and where it puts what comes of it. */
export interface LearningWork {
  readonly settings: TrainSettings
  /** What the model is called after its base where the settings give no name. */
  readonly fallbackName: string
  readonly pairs: LearnFile
  readonly labels: LearnFile | undefined
  readonly guard: LearnFile | undefined
  /** When the first worker began. */
  readonly startedAt: Date
  readonly steps: Steps
  /** Where the model's folder and the report go. */
  readonly output: WritableStore
}

/** What came of a job. */
export interface LearnResult {
  readonly decision: 'learned' | 'refused'
  /** Why it was refused, or what speaks against a model that was forced: a sentence each. */
  readonly reasons: readonly string[]
  /** The id of the model that was written. */
  readonly model?: string
  /** Keys below the job's folder: the model's and those of the report. */
  readonly written: readonly string[]
  readonly [more: string]: unknown
}

/** What learns: the code of `npm run learn`. */
export interface Learner {
  /**
   * Learns, step by step, and writes what came of it.
   *
   * @throws AppError for files, settings or models that are wrong; `deadline_exceeded` when time is up, the steps that
   * were done being kept
   */
  learn(work: LearningWork, context: Context): Promise<LearnResult>
}

/** A file in a bucket as the readers of formats take it. */
export function readable(
  store: WritableStore,
  folder: string,
  { name, bytes }: TrainFile,
  context: Context,
): LearnFile {
  const read = (start: number, end: number) => store.read(folder + name, { start, end }, context)
  return { name, source: { bytes, read } }
}
