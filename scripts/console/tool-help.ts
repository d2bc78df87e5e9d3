import type { Tool, ToolOption, ToolShape } from './tool.ts'
import { widthOf } from './width.ts'

/** Columns of the left side; what is longer gets a line of its own. */
const LEFT = 30
/** Columns of a line of help, as a terminal has them at least. */
const LINE = 110

/**
 * How a tool is called, in one shape for all: what it is for, its forms, commands, options with their defaults, and examples.
 *
 * @param call what is typed before the arguments: `npm run embed --`
 */
export function describeTool(shape: ToolShape, call: string): string {
  const { summary, usage, commands = [], options, examples, notes = [] } = shape
  const told = Object.entries(options).map(([name, option]) => pair(formOf(name, option), tellOf(option)))
  const parts = [
    wrap(summary, 0),
    section('Usage', lines(usage, call)),
    section(
      'Commands',
      commands.map(([form, help]) => pair(form, help)),
    ),
    section('Options', [...told, pair('--help', 'this text')]),
    section('Examples', lines(examples, call)),
    section(
      'Notes',
      notes.map((note) => `  ${wrap(note, 2)}`),
    ),
    'Ends with 0 when it is done, 1 when something went wrong, 2 for a mistake in the command line.',
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

/** The tools that one program has, with what each is for. */
export function describeTools(tools: readonly Pick<Tool, 'shape'>[], program: string): string {
  const told = tools.map(({ shape }) => pair(shape.name, shape.summary))
  return [
    section('Usage', [`  ${program} <command> [option …]`]),
    section('Commands', told),
    section('Options', [
      pair('--help', 'this text; after a command, how that is called'),
      pair('--version', 'the version'),
    ]),
  ].join('\n\n')
}

function section(title: string, body: readonly string[]): string {
  return body.length === 0 ? '' : `${title}:\n${body.join('\n')}`
}

/** `{call}` stands for what is typed before the arguments; where output goes to a file, npm is to add nothing to it. */
function lines(forms: readonly string[], call: string): string[] {
  return forms.map((form) => {
    const line = form.includes('{call}') ? form.replaceAll('{call}', call) : `${call} ${form}`.trimEnd()
    return `  ${/[>|]/.test(line.replaceAll(/'[^']*'|"[^"]*"|<[^>]*>/g, '')) ? line.replace('npm run ', 'npm run -s ') : line}`
  })
}

function pair(left: string, right: string): string {
  const first = `  ${left}`
  const told = wrap(right, LEFT)
  return first.length < LEFT ? `${first.padEnd(LEFT)}${told}` : `${first}\n${' '.repeat(LEFT)}${told}`
}

function formOf(name: string, { value, on }: ToolOption): string {
  if (on) return `--no-${name}`
  return value === undefined ? `--${name}` : `--${name} ${value}`
}

function tellOf({ help, default: usual, multiple }: ToolOption): string {
  const more = [usual === undefined ? '' : `default ${usual}`, multiple ? 'may be given several times' : '']
  const told = more.filter((part) => part !== '').join('; ')
  return told === '' ? help : `${help} (${told})`
}

/** Breaks at spaces, with so many spaces before each further line. */
function wrap(text: string, indent: number): string {
  let line = ''
  const done: string[] = []
  for (const word of text.split(' ')) {
    if (line !== '' && indent + widthOf(line) + 1 + widthOf(word) > LINE) {
      done.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...done, line].join(`\n${' '.repeat(indent)}`)
}
