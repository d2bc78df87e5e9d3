import { join } from 'node:path'
import { createThreadedApp } from '../src/app.ts'
import { describeAbsent, readProcessConfig } from '../src/config.ts'
import { describeServer, startServer } from '../src/server.ts'

/** The Node door: serves until SIGTERM or SIGINT; a second signal ends the process at once. */
async function main(): Promise<void> {
  const config = readProcessConfig(join(import.meta.dirname, '..'))
  for (const sentence of describeAbsent(config)) console.error(sentence)
  const app = createThreadedApp(config, join(import.meta.dirname, 'worker.js'))
  const server = await startServer(app, config)
  console.log(describeServer(server.url))
  const stop = async () => {
    await server.stop()
    // Node waits for its threads before it exits, and a thread that is stuck in native code never ends.
    if (app.problem()) process.kill(process.pid, 'SIGKILL')
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop())
  await app.preload()
}

main().catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})
