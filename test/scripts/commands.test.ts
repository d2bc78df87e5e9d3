import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
}
const commands = Object.entries(scripts).flatMap(([name, line]) => {
  const [, program] = /^node scripts\/run\.mjs (\S+)$/.exec(line) ?? []
  // The build takes no options: whoever calls it wants it done.
  return program && name !== 'build' ? [[name, program] as const] : []
})

const call = (program: string, ...options: string[]) =>
  spawnSync(process.execPath, ['scripts/run.mjs', program, ...options], { cwd: root, encoding: 'utf8' })

it.each(commands)('npm run %s explains itself', (name, program) => {
  const { stdout, stderr, status } = call(program, '--help')
  expect(stdout).toMatch(new RegExp(`^npm run ${name} -- `))
  expect([stderr, status]).toEqual(['', 0])
})

it.each(commands)('npm run %s answers a misspelled option with a sentence', (_, program) => {
  const { stderr, status } = call(program, '--modle')
  expect(stderr.split('\n').length).toBeLessThanOrEqual(3)
  expect(stderr).toContain('--modle')
  // Those of batch tell a wrong call (2) from a job that failed (1).
  expect(status).toBe(program.includes('batch') ? 2 : 1)
})

it('npm scripts are Node programs, so that they run on every system', () => {
  const programs = Object.values(scripts).map((line) => line.split(' ')[0])
  expect(programs.filter((program) => !['node', 'npm', 'vitest', 'biome'].includes(program!))).toEqual([])
})
