import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
}
const tools = Object.entries(scripts).flatMap(([name, line]) => {
  const [, program] = /^node scripts\/run\.mjs (\S+)$/.exec(line) ?? []
  return program ? [[`npm run ${name} --`, program, [] as string[]] as const] : []
})
const parts = ['match', 'collections', 'batch', 'stalls', 'faults', 'goodput', 'learn', 'scale', 'serve'].map(
  (part) => [`npm run bench -- ${part}`, 'scripts/bench.ts', [part]] as const,
)
const learning = ['distill', 'weights'].map(
  (part) => [`npm run learn -- ${part}`, 'scripts/learn.ts', [part]] as const,
)
const commands = [...tools, ...parts, ...learning]

const call = (program: string, ...options: readonly string[]) =>
  spawnSync(process.execPath, ['scripts/run.mjs', program, ...options], { cwd: root, encoding: 'utf8' })

it('finds every tool by its line of package.json', () => {
  const names = tools.map(([name]) => name)
  expect(names).toHaveLength(16)
  expect(names).toContain('npm run match --')
})

it.each(commands)('%s explains itself: usage, options and examples', (name, program, before) => {
  const { stdout, stderr, status } = call(program, ...before, '--help')
  const [, usage, options, examples] =
    /^\S[\s\S]+?\n\nUsage:\n([\s\S]+?)\n\n(?:Commands:[\s\S]+?\n\n)?Options:\n([\s\S]+?)\n\nExamples:\n([\s\S]+?)\n\n/.exec(
      stdout,
    ) ?? []
  for (const part of [usage, examples]) {
    const lines = part!.split('\n')
    expect(lines.filter((line) => !line.replace('npm run -s ', 'npm run ').includes(name))).toEqual([])
  }
  expect(options).toMatch(/ {2}--help {2,}this text$/)
  expect(stdout.split('\n').filter((line) => line.length > 120)).toEqual([])
  expect([stderr, status]).toEqual(['', 0])
})

it.each(commands)(
  '%s answers an option that it lacks with a sentence, and ends with 2',
  (name, program, before) => {
    const { stdout, stderr, status } = call(program, ...before, '--halp-me-out', 'x')
    expect(stderr).toMatch(/^There is no option --halp-me-out[;.]/)
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(`"${name} --help" shows what there is.`)
    expect([stdout, status]).toEqual(['', 2])
  },
)

it.each([
  ['scripts/match.ts', '--filter', '--filters'],
  ['scripts/embed.ts', '--modle', '--model'],
  ['scripts/batch.ts', '--txt-column', '--text-column'],
  ['scripts/models.ts', '--form', '--from'],
  ['scripts/collections.ts', '--encodng', '--encoding'],
  ['scripts/doctor.ts', '--credential', '--credentials'],
  ['scripts/bench.ts', '--no-peer', '--no-peers'],
])('%s asks after %s whether %s was meant', (program, typed, meant) => {
  const { stderr, status } = call(program, typed, 'x')
  expect(stderr).toContain(`There is no option ${typed}; did you mean ${meant}`)
  expect(status).toBe(2)
})

it.each([
  ['scripts/models.ts', 'lsit', 'There is no command lsit; did you mean "list"?'],
  ['scripts/collections.ts', 'biuld', 'There is no command biuld; did you mean "build"?'],
  ['scripts/batch.ts', 'rnu', 'There is no command rnu; expected run, status, cancel, redrive, simulate.'],
])('%s answers the command %s with what there is', (program, command, sentence) => {
  const { stderr, status } = call(program, command)
  expect(stderr.split('\n')[0]).toBe(sentence)
  expect(status).toBe(2)
})

it('npm scripts are Node programs, so that they run on every system', () => {
  const programs = Object.values(scripts).map((line) => line.split(' ')[0])
  expect(programs.filter((program) => !['node', 'npm', 'vitest', 'biome'].includes(program!))).toEqual([])
})
