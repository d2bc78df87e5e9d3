import { REFUSED, RefusedError, UsageError } from './options.ts'
import type { Tool } from './tool.ts'
import { describeTool } from './tool-help.ts'

/** What a program hears from outside. */
interface Call {
  /** What is typed before the arguments: `npm run embed --`. */
  readonly call: string
  /** The folder that holds `layers/`. */
  readonly root: string
}

/** Runs the tool that npm calls by its name, with the arguments of this process. */
export async function runNpmTool(tool: Tool): Promise<void> {
  endWithReader()
  const call = `npm run ${tool.shape.name} --`
  const status = await runTool(tool, process.argv.slice(2), { call, root: process.cwd() })
  // A tool that goes on by itself may have set it.
  if (status !== 0) process.exitCode = status
}

/**
 * Runs a tool and says what went wrong, in a sentence on standard error; with its stack, too, when DEBUG is set.
 *
 * @returns the exit status: 0, 1 when something went wrong, 2 for a mistake in the arguments, 3 for what the tool has refused
 */
export async function runTool(tool: Tool, args: readonly string[], { call, root }: Call): Promise<number> {
  const { shape } = tool
  if (asksForHelp(args) || (shape.helpAlone && args.length === 0)) {
    console.log(describeTool(shape, call))
    return 0
  }
  try {
    return (await tool.run(args, root)) ?? 0
  } catch (error) {
    if (process.env.DEBUG) console.error(error)
    else console.error(error instanceof Error ? error.message : error)
    if (error instanceof RefusedError) return REFUSED
    if (!(error instanceof UsageError)) return 1
    console.error(`"${call} --help" shows what there is.`)
    return 2
  }
}

/** What follows `--` is text, whatever it looks like. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return args.slice(0, end < 0 ? args.length : end).includes('--help')
}

/** A reader such as `head` that has read enough ends the program without a word. */
export function endWithReader(): void {
  process.stdout.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
}
