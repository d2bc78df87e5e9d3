import { UsageError } from './console/options.ts'
import { runNpmTool, runTool } from './console/run-tool.ts'
import type { Tool } from './console/tool.ts'
import { commandOf, readArguments } from './console/tool-arguments.ts'
import { distillTool } from './distill/tool.ts'

const PARTS: Readonly<Record<string, Tool>> = { distill: distillTool }

const SHAPE = {
  name: 'learn',
  summary: 'Makes models of your own data, on this machine; no text of it goes anywhere.',
  usage: ['<command> [option …]'],
  commands: [['distill', 'a static model that answers as another one does, below 1 ms a text']],
  options: {},
  examples: ['distill --teacher balanced --texts corpus.jsonl', 'distill --help'],
  helpAlone: true,
} as const

/** Several programs under one name; what follows the name of a part is for that part. */
const [, , name = '', ...rest] = process.argv
const part = Object.hasOwn(PARTS, name) ? PARTS[name] : undefined
if (part) {
  process.exitCode = await runTool(part, rest, { call: `npm run learn -- ${name}`, root: process.cwd() })
} else {
  await runNpmTool({
    shape: SHAPE,
    async run(args) {
      const { positionals } = readArguments<typeof SHAPE.options>(SHAPE, args)
      commandOf(PARTS, positionals[0] ?? '')
      throw new UsageError('The command comes first.')
    },
  })
}
