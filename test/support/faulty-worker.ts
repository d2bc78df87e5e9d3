import { parentPort } from 'node:worker_threads'
import { serveEngine } from '../../src/models/threads/worker.ts'
import { createRecordingEngine } from './engines.ts'

/** A worker whose engine does as its inputs say: `die`, `throw` from nowhere, or `wait` until the caller goes. */
const engine = createRecordingEngine()
if (parentPort) {
  serveEngine(parentPort, {
    ...engine,
    async embed(job, context) {
      if (job.inputs.includes('die')) process.exit(3)
      if (job.inputs.includes('throw')) setImmediate(() => fail())
      if (!job.inputs.includes('wait') && !job.inputs.includes('throw')) return engine.embed(job, context)
      return new Promise((_resolve, reject) => {
        context.signal.addEventListener('abort', () => reject(new Error('told to stop')))
      })
    },
  })
}

function fail(): never {
  throw new RangeError('out of nowhere')
}
