import type { Engine } from '../models/engine/engine.ts'

/** Whether requests should come: not before the models of PRELOAD_MODELS are loaded, not when the process stops. */
export function createReadiness(engine: Engine, preloadModels: readonly string[]) {
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
      return engine.problem?.()
    },
  }
}
