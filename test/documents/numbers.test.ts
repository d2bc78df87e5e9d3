import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import packageFile from '../../package.json' with { type: 'json' }
import { readOptions } from '../../scripts/evaluate/options.ts'
import { codeOf, readText } from '../support/markdown.ts'

const pages = ['docs/numbers.md', 'docs/numbers.zh-CN.md']
const commandsOf = (path: string) =>
  readText(path)
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .flatMap((line) => codeOf(line).filter((code) => /^([A-Z_]+=\d+ )?npm run /.test(code)))

describe.each(pages)('%s names', (path) => {
  test('a command for each claim, and each of them exists', () => {
    const commands = commandsOf(path)
    expect(commands.length).toBeGreaterThan(7)
    for (const command of commands) {
      const [, script] = /npm run ([\w:]+)/.exec(command) ?? []
      expect([command, Object.hasOwn(packageFile.scripts, script!)]).toEqual([command, true])
    }
  })

  test('options of npm run evaluate that it takes', () => {
    const asked = commandsOf(path).filter((command) => command.startsWith('npm run evaluate -- '))
    expect(asked.length).toBeGreaterThan(2)
    for (const command of asked) {
      const words = command.split(' ').slice(4)
      expect(() => readOptions(words)).not.toThrow()
    }
  })
})

test('both languages name the same commands, and files that are there', () => {
  const [english, chinese] = pages.map(commandsOf)
  expect(chinese).toEqual(english)
  const files = readText(pages[0]!).match(/`(scripts|test)\/[\w./-]+`/g) ?? []
  expect(files.length).toBeGreaterThan(1)
  for (const file of files)
    expect(existsSync(join(import.meta.dirname, '../..', file.slice(1, -1)))).toBe(true)
})
