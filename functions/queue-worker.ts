import { join } from 'node:path'
import { readProcessConfig } from '../src/config.ts'
import { describeQueueWorker, startQueueWorker } from '../src/queue/queue-worker.ts'

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** The door of files without Lambda: takes messages until SIGTERM or SIGINT; a second signal ends the process at once. */
async function main(): Promise<void> {
  const config = readProcessConfig(join(import.meta.dirname, '..'))
  const worker = await startQueueWorker(config, join(import.meta.dirname, 'worker.js'))
  console.log(describeQueueWorker(config, worker))
  const stop = async () => {
    for (const each of SIGNALS) process.removeAllListeners(each)
    const isOver = await worker.stop()
    // Node waits for its threads before it exits, and a thread that is stuck in native code never ends.
    if (!isOver || worker.problem()) process.kill(process.pid, 'SIGKILL')
  }
  for (const signal of SIGNALS) process.once(signal, stop)
  await worker.begun
}

main().catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})
