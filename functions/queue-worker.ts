import { join } from 'node:path'
import { readProcessConfig } from '../src/config.ts'
import { describeUnprovenJudge } from '../src/judge-report.ts'
import { outliveReaders } from '../src/lost-log.ts'
import { describeQueueWorker, startQueueWorker } from '../src/queue/queue-worker.ts'
import { stopBySignal } from '../src/signals.ts'

/** The door of files without Lambda: takes messages until SIGTERM or SIGINT; a second signal ends the process at once. */
async function main(): Promise<void> {
  outliveReaders()
  const config = readProcessConfig(join(import.meta.dirname, '..'))
  for (const sentence of describeUnprovenJudge(config)) console.error(sentence)
  const worker = await startQueueWorker(
    config,
    join(import.meta.dirname, 'worker.js'),
    join(import.meta.dirname, 'llama.js'),
  )
  console.log(describeQueueWorker(config, worker))
  stopBySignal(async () => (await worker.stop()) && !worker.problem())
  await worker.begun
}

main().catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})
