import { createDirectoryStore } from '../storage/directory.ts'
import type { Engine } from './engine.ts'
import { createLocalEngine } from './local.ts'
import type { Manifest } from './manifest.ts'

/** What an engine is made of, as plain data that can be sent to another thread. */
export interface EngineSettings {
  readonly manifests: readonly Manifest[]
  /** Directories holding models, searched in order for each model. */
  readonly sources: readonly string[]
  /** Most bytes of model files in memory at once. */
  readonly budgetBytes: number
  readonly threads: number
  /** Most padded tokens in one run of a graph. */
  readonly tokenBudget: number
}

/** An engine in this thread over the sources of `settings`. */
export function openEngine({ sources, ...parts }: EngineSettings): Engine {
  return createLocalEngine({ ...parts, stores: sources.map(createDirectoryStore) })
}
