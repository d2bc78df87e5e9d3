import { type Context, throwIfDone } from '../../context.ts'
import type { Engine, EngineResult, Loading, ScoreResult } from '../engine/engine.ts'
import { sumUsage } from '../engine/model-statistics.ts'
import type { EngineSettings } from '../engine/open.ts'
import { createSlots, type Slots } from './admission.ts'
import { createCounts, createHeldPlace } from './held-place.ts'
import { createWorkerHandle, type WorkerHandle } from './worker-handle.ts'
import type { WorkerCall } from './worker-messages.ts'

/** What the engine behind worker threads is made of. */
interface ThreadPoolParts {
  /** The path of the program that each worker runs. */
  readonly script: string
  /** The workers share threads and memory evenly. */
  readonly settings: EngineSettings
  /** At least 1. Each has models of its own: more workers need more memory. */
  readonly workers: number
  /** Most jobs that wait for a worker; further ones are refused as `overloaded`. */
  readonly queueLimit: number
  /** Most jobs within one worker, at least 1; {@link JOBS_PER_WORKER} when absent. */
  readonly jobsPerWorker?: number
  /** Milliseconds without a sign of life after which a worker with jobs is given up. */
  readonly runLimitMs: number
}

/**
 * Jobs within one worker, which share its runs: enough to fill the usual run of 512 tokens with texts of 8. Further ones
 * wait outside, where they cost nothing.
 */
const JOBS_PER_WORKER = 64

/** An engine in worker threads: the calling thread stays free while a graph is created or run. */
export function createThreadPool(parts: ThreadPoolParts): Engine {
  const { script, settings, workers, queueLimit, runLimitMs, jobsPerWorker = JOBS_PER_WORKER } = parts
  // A thread that is started later learns here what was found meanwhile.
  const manifests = [...settings.manifests]
  const share: EngineSettings = {
    ...settings,
    manifests,
    budgetBytes: Math.floor(settings.budgetBytes / workers),
    threads: Math.max(1, Math.floor(settings.threads / workers)),
  }
  const handles = Array.from({ length: workers }, () => createWorkerHandle(script, share, runLimitMs))
  const slots = createSlots(handles, jobsPerWorker, queueLimit)

  const callWorker = createCaller(slots, queueLimit + jobsPerWorker)

  return {
    async embed(job, context) {
      const { result, queueMs } = await callWorker({ kind: 'embed', job }, context)
      return withQueue(result as EngineResult, queueMs)
    },
    async score(job, context) {
      const { result, queueMs } = await callWorker({ kind: 'score', job }, context)
      return withQueue(result as ScoreResult, queueMs)
    },
    async tokenize(job, context) {
      return (await callWorker({ kind: 'tokenize', job }, context)).result as Uint8Array<ArrayBuffer>
    },
    async preload(models, context) {
      await Promise.all(handles.map((handle) => handle.call({ kind: 'preload', models }, context)))
    },
    async unload(model, context) {
      const loaded = handles.filter((handle) => hasLoaded(handle, model))
      await Promise.all(loaded.map((handle) => handle.call({ kind: 'unload', model }, context)))
    },
    admit(manifest) {
      if (manifests.some(({ id }) => id === manifest.id)) return
      manifests.push(manifest)
      for (const handle of handles) handle.admit(manifest)
    },
    full: slots.full,
    waiting: slots.waiting,
    usage: () => sumUsage(handles.flatMap((handle) => handle.usage())),
    problem() {
      const stuck = handles.reduce((sum, handle) => sum + handle.stuck(), 0)
      if (stuck === 0) return undefined
      return `Worker threads that did not come back from a run and cannot be ended: ${stuck}; restart the process.`
    },
    async close() {
      await slots.close()
      await Promise.all(handles.map((handle) => handle.close()))
    },
  }
}

/** A result with the time that its job waited before it had a place in a worker. */
function withQueue<Result extends Loading>(result: Result, queueMs: number): Result {
  return { ...result, queueMs: queueMs + (result.queueMs ?? 0) }
}

/** Calls a worker once it has a place for the job; at most `loadLimit` jobs wait for one model to be loaded. */
function createCaller(slots: Slots<WorkerHandle>, loadLimit: number) {
  const loading = createCounts(loadLimit)
  return async (call: Extract<WorkerCall, { job: unknown }>, context: Context) => {
    const { model } = call.job
    throwIfDone(context)
    loading.refuseFull(model)
    const start = performance.now()
    const handle = await slots.take((candidate) => hasLoaded(candidate, model), context)
    const place = createHeldPlace(slots, handle, context, loading.of(model))
    try {
      throwIfDone(context)
      const queueMs = performance.now() - start
      return { result: await handle.call(call, context, place), queueMs }
    } finally {
      place.end()
    }
  }
}

function hasLoaded(handle: WorkerHandle, model: string): boolean {
  return handle.usage().some((usage) => usage.model === model && usage.loaded)
}
