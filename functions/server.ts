import { join } from 'node:path'
import { describeAbsent, readProcessConfig } from '../src/config.ts'
import { describeUnprovenJudge } from '../src/judge-report.ts'
import { outliveReaders } from '../src/lost-log.ts'
import { createPageFiles } from '../src/page-files.ts'
import { describeServer, startServer } from '../src/server.ts'
import { createServerApp } from '../src/server-app.ts'
import { describeFewFiles } from '../src/serving/open-files.ts'
import { stopBySignal } from '../src/signals.ts'

/** The Node door: serves until SIGTERM or SIGINT; a second signal ends the process at once. */
async function main(): Promise<void> {
  outliveReaders()
  const config = readProcessConfig(join(import.meta.dirname, '..'))
  const doubts = [
    describeAbsent(config),
    describeUnprovenJudge(config),
    describeFewFiles(config.maxConnections),
  ]
  for (const sentence of doubts.flat()) console.error(sentence)
  const program = (name: string) => join(import.meta.dirname, `${name}.js`)
  const app = createServerApp(config, program)
  const page = createPageFiles(join(import.meta.dirname, 'page'), config.basePath)
  const server = await startServer(app, { ...config, page })
  console.log(describeServer(server))
  stopBySignal(async (signal) => {
    // SIGINT comes from a terminal, where no load balancer has to hear of it.
    const isOver = await server.stop(signal === 'SIGTERM' ? config.drainSeconds : 0)
    return isOver && !app.problem()
  })
  await app.preload()
}

main().catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})
