import { InferenceSession } from 'onnxruntime-node'

/** Remembers the latest run of any session in this process. */
export interface RunRecorder {
  /** Runs it once more, with nothing of ours around it. */
  repeat(): Promise<unknown>
}

/** Starts to watch the sessions of this process. */
export function recordRuns(): RunRecorder {
  // Its type has no prototype: the package declares a factory, though it is a class.
  const prototype: InferenceSession = Reflect.get(InferenceSession, 'prototype')
  let latest: (() => Promise<unknown>) | undefined
  prototype.run = new Proxy(prototype.run, {
    apply(run, session, parameters) {
      latest = () => Reflect.apply(run, session, parameters)
      return latest()
    },
  })
  return {
    repeat: () => {
      if (!latest) throw new Error('No session has run yet.')
      return latest()
    },
  }
}
