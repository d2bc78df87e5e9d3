import { InferenceSession } from 'onnxruntime-node'

/** Watches the runs of sessions. */
interface RunRecorder {
  /** How long the latest run took, milliseconds. */
  latestMs(): number
  /** Runs it once more, with nothing of ours around it. */
  repeat(): Promise<unknown>
}

/** Starts to watch every session of this process. */
export function recordRuns(): RunRecorder {
  // Its type has no prototype: the package declares a factory, though it is a class.
  const prototype: InferenceSession = Reflect.get(InferenceSession, 'prototype')
  let latest = { ms: Number.NaN, repeat: (): Promise<unknown> => Promise.reject(new Error('No run yet.')) }
  prototype.run = new Proxy(prototype.run, {
    async apply(run, session, parameters) {
      const repeat = () => Reflect.apply(run, session, parameters)
      const start = performance.now()
      const results = await repeat()
      latest = { ms: performance.now() - start, repeat }
      return results
    },
  })
  return { latestMs: () => latest.ms, repeat: () => latest.repeat() }
}
