import { join } from 'node:path'
import { createApp } from '../src/app.ts'
import { readProcessConfig } from '../src/config.ts'
import { createEmfWriter } from '../src/emf.ts'
import { createGenerateApp } from '../src/generate-app.ts'
import { createChatHandlers } from '../src/lambda/chat-handlers.ts'
import { logPlainly } from '../src/log.ts'

logPlainly()
const config = readProcessConfig(join(import.meta.dirname, '..'))
const program = join(import.meta.dirname, 'llama.js')
const app = createApp(config, (core) => createGenerateApp(config, core, program))

/**
 * The Lambda door of language models, with memory, time and instances of its own: `handler` for an HTTP API, `streaming`
 * for a function URL that streams.
 */
export const { handler, streaming } = createChatHandlers({
  http: app.http,
  writeMetrics: createEmfWriter(config.functionName),
  lambda: 'awslambda' in globalThis ? globalThis.awslambda : undefined,
})
