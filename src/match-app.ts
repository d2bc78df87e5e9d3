import { type App, createApp } from './app.ts'
import type { Config } from './config.ts'

/** The app of a function that matches: with judges that run elsewhere, whose code is loaded when one is asked for. */
export function createMatchApp(config: Config): App {
  return createApp(config, () => ({
    routes: [],
    judges: async () => (await import('./remote-judges.ts')).openRemoteJudges(config),
    start: async () => {},
    close: async () => {},
  }))
}
