import type { InferenceSession } from 'onnxruntime-node'

export type { InferenceSession, Tensor } from 'onnxruntime-node'

/** What a loaded graph says of one of its outputs. */
export type OutputShape = InferenceSession.ValueMetadata

/**
 * Keeps the ONNX runtime to itself. From 1.29 its Linux builds tell Microsoft what a process loads: a device id and a
 * database in the home folder, an upload thread, and 7 ms of every cold start. Texts are not sent; but a service that
 * keeps data private sends nothing at all. `ORT_DISABLE_TELEMETRY=0` in the environment is left as it is, for those
 * who want to tell.
 *
 * To be called in the main thread before any thread loads the runtime: it looks once, and at the environment of the
 * process, which a worker thread has only a copy of.
 *
 * Source: https://github.com/microsoft/onnxruntime/pull/27379
 */
export function disableRuntimeTelemetry(): void {
  process.env.ORT_DISABLE_TELEMETRY ??= '1'
}

/** Loads the ONNX runtime, the first time only. */
export function importRuntime(): Promise<typeof import('onnxruntime-node')> {
  disableRuntimeTelemetry()
  return import('onnxruntime-node')
}
