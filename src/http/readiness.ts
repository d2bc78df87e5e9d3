import type { Engine } from '../models/engine/engine.ts'
import type { KeptToken } from './kept-token.ts'

/**
 * Whether requests should come: not before the models of PRELOAD_MODELS are loaded and the token that callers must send is
 * known, not when the process stops.
 */
export function createReadiness(
  engine: Engine,
  preloadModels: readonly string[],
  kept: Pick<KeptToken, 'answered' | 'unknown'> | undefined,
) {
  let loaded = preloadModels.length === 0
  let draining = false
  return {
    loaded() {
      loaded = true
    },
    drain() {
      draining = true
    },
    /** Why no requests should come, in a sentence. */
    reason(): string | undefined {
      if (draining) return 'The process is about to stop.'
      if (!loaded) return `Models are still being loaded: ${preloadModels.join(', ')}.`
      return engine.problem?.() ?? kept?.unknown()
    },
    /** Settles when it is worth to ask. */
    askable: kept?.answered,
  }
}
