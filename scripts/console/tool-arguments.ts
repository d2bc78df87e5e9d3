import { type ParseArgsConfig, parseArgs } from 'node:util'
import { didYouMean } from '../../src/nearest.ts'
import { UsageError } from './options.ts'
import type { ToolOptions, ToolShape, ToolValues } from './tool.ts'

/** What a command line says. */
interface ToolArguments<Options extends ToolOptions> {
  readonly values: ToolValues<Options>
  readonly positionals: readonly string[]
}

/**
 * Reads a command line by the shape of its tool.
 *
 * @throws UsageError for an option that the tool does not have, with the nearest names, and for one without its value
 */
export function readArguments<Options extends ToolOptions>(
  { options }: Pick<ToolShape<Options>, 'options'>,
  args: readonly string[],
): ToolArguments<Options> {
  const config = configOf(options)
  refuseUnknown(args, options, config)
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      allowNegative: true,
      options: config,
    })
    return { values: values as ToolValues<Options>, positionals }
  } catch (cause) {
    // Node's sentences name the option; what follows the first is about file names that begin with a dash.
    throw new UsageError(`${(cause as Error).message.split(/\n|\. /)[0]!.replace(/\.$/, '')}.`)
  }
}

function configOf(options: ToolOptions): NonNullable<ParseArgsConfig['options']> {
  const entries = Object.entries(options).map(
    ([name, { value, default: usual, multiple = false, on = false }]) => {
      if (value === undefined) return [name, { type: 'boolean' as const, default: on }]
      const initial = multiple ? (usual?.split(',') ?? []) : usual
      return [name, { type: 'string' as const, multiple, ...(initial !== undefined && { default: initial }) }]
    },
  )
  return Object.fromEntries(entries)
}

/** Node's own sentence about an option that it does not know is about file names that begin with a dash. */
function refuseUnknown(
  args: readonly string[],
  options: ToolOptions,
  config: NonNullable<ParseArgsConfig['options']>,
): void {
  const { tokens } = parseArgs({ args: [...args], strict: false, tokens: true, options: config })
  const names = Object.entries(options).map(([name, { on }]) => (on ? `--no-${name}` : `--${name}`))
  for (const token of tokens ?? []) {
    if (token.kind !== 'option' || Object.hasOwn(options, token.name)) continue
    if (names.includes(token.rawName)) continue
    const near = didYouMean(token.rawName, names).replaceAll('"', '')
    throw new UsageError(
      `There is no option ${token.rawName}${near || `; expected ${names.length === 0 ? 'none' : names.join(', ')}.`}`,
    )
  }
}

/**
 * The command of a name.
 *
 * @throws UsageError that lists the commands, or the nearest of them
 */
export function commandOf<Command>(commands: Readonly<Record<string, Command>>, name: string): Command {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command !== undefined) return command
  const names = Object.keys(commands)
  const near = didYouMean(name, names) || `; expected ${names.join(', ')}.`
  throw new UsageError(`There is no command ${name || '(none)'}${near}`)
}
