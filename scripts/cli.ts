import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { batchTool } from './batch/tool.ts'
import { collectionsTool } from './collections/tool.ts'
import { UsageError } from './console/options.ts'
import { endWithReader, runTool } from './console/run-tool.ts'
import type { Tool } from './console/tool.ts'
import { commandOf, readArguments } from './console/tool-arguments.ts'
import { describeTools } from './console/tool-help.ts'
import { embedTool } from './embed/tool.ts'
import { matchTool } from './match/tool.ts'
import { modelsTool } from './models/tool.ts'

/** Models that `models pull` has fetched into the working folder are found there, beside the one that ships. */
function usePulledModels(): void {
  const pulled = resolve('models')
  if (process.env.MODEL_SOURCES?.trim() || pulled === join(root, 'models') || !existsSync(pulled)) return
  process.env.MODEL_SOURCES = [join(root, 'layers', 'models'), pulled].join(',')
}

/** As the package has it. */
const PROGRAM = 'serverless-embeddings'
/** It is built into `dist/`, beside the doors; models are below the folder around it. */
const root = join(import.meta.dirname, '..')

const SERVE = {
  name: 'serve',
  summary:
    'Starts the HTTP server: POST /embed, POST /match, the routes of OpenAI, Cohere and others, and the page.',
  usage: ['[option …]'],
  options: {
    port: { value: '<number>', help: 'where it listens (default PORT, else 3000)' },
    host: { value: '<address>', help: 'at which address (default HOST, else 127.0.0.1)' },
  },
  examples: ['', '--port 8080'],
  notes: ['All other settings are variables of the environment: AUTH_TOKEN, MODEL_SOURCES, DEFAULT_MODEL, …'],
} as const

/** The server of the Node door, in this process. */
const serveTool: Tool = {
  shape: SERVE,
  async run(args) {
    const { values, positionals } = readArguments<typeof SERVE.options>(SERVE, args)
    if (positionals.length > 0)
      throw new UsageError(`serve takes no ${positionals[0]}; expected options alone.`)
    const { port, host } = values
    Object.assign(process.env, { ...(port && { PORT: port }), ...(host && { HOST: host }) })
    // It ends by itself, with its own status.
    createRequire(join(import.meta.dirname, 'server.js'))('./server.js')
    return undefined
  },
}

const TOOLS: readonly Tool[] = [embedTool, matchTool, batchTool, modelsTool, collectionsTool, serveTool]

/** One command with the tools that a user needs, as `npx serverless-embeddings match …` will call them. */
async function main([name = '--help', ...args]: readonly string[]): Promise<number> {
  if (name === '--help') {
    console.log(describeTools(TOOLS, PROGRAM))
    return 0
  }
  if (name === '--version') {
    console.log(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version)
    return 0
  }
  try {
    const tool = commandOf(Object.fromEntries(TOOLS.map((tool) => [tool.shape.name, tool])), name)
    return await runTool(tool, args, { call: `${PROGRAM} ${name}`, root })
  } catch (error) {
    console.error(`${(error as Error).message}\n"${PROGRAM} --help" shows what there is.`)
    return 2
  }
}

endWithReader()
usePulledModels()
void main(process.argv.slice(2)).then((status) => {
  if (status !== 0) process.exitCode = status
})
