import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { serveEngine } from '../../src/models/threads/worker.ts'
import { createRecordingEngine } from './engines.ts'

/**
 * A worker whose engine does as its inputs say: `die`, `throw` from nowhere, `wait` until the caller goes, `spin <path>` in
 * JavaScript without end, or `block <pipe>` in native code until somebody writes to that pipe; of the last two a file
 * `<path>.reached` tells.
 */
const engine = createRecordingEngine()
if (parentPort) {
  serveEngine(parentPort, {
    ...engine,
    async embed(job, context) {
      if (job.inputs.includes('die')) process.exit(3)
      const [action, path] = String(job.inputs[0]).split(' ')
      if (action === 'spin') writeFileSync(`${path}.reached`, '')
      if (action === 'spin') for (;;);
      // Told by the program that the native call waits for: a thread that is told to end before it is there would end.
      if (action === 'block') execFileSync('sh', ['-c', 'touch "$0.reached"; cat "$0"', path!])
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
