import { joinAdditions } from './additions.ts'
import { type App, createThreadedApp } from './app.ts'
import type { Config } from './config.ts'
import { createContext } from './context.ts'
import { createGenerateApp } from './generate-app.ts'
import { createHostedApp } from './hosted-app.ts'
import { judgeSettingsOf } from './judge-settings.ts'
import { logError } from './log.ts'
import { createJudgeService } from './services/judge/judge.ts'

/**
 * The app of a server that stays: with files, batches and conversations.
 *
 * @param program the path of a program by the name of its door
 */
export function createServerApp(config: Config, program: (name: string) => string): App {
  return createThreadedApp(config, program('worker'), (core) => {
    const generate = createGenerateApp(config, core, program('llama'))
    const judge = createJudgeService(generate.judgeModels, judgeSettingsOf(config))
    const hosted = createHostedApp(
      config,
      { ...core, judge: async () => judge },
      program('batch-thread'),
      (error, batch) => logError(error, createContext({ requestId: batch })),
    )
    return joinAdditions([hosted, generate])
  })
}
