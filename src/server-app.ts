import { joinAdditions } from './additions.ts'
import { type App, createThreadedApp } from './app.ts'
import type { Config } from './config.ts'
import { createContext } from './context.ts'
import { createGenerateApp } from './generate-app.ts'
import { createHostedApp } from './hosted-app.ts'
import { logError } from './log.ts'

/**
 * The app of a server that stays: with files, batches and conversations.
 *
 * @param program the path of a program by the name of its door
 */
export function createServerApp(config: Config, program: (name: string) => string): App {
  return createThreadedApp(config, program('worker'), (core) =>
    joinAdditions([
      createHostedApp(config, core, program('batch-thread'), (error, batch) =>
        logError(error, createContext({ requestId: batch })),
      ),
      createGenerateApp(config, core, program('llama')),
    ]),
  )
}
