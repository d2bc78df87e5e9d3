import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import packageFile from '../../package.json' with { type: 'json' }
import { trainSettings } from '../../src/services/train/settings.ts'
import { root } from '../house/source.ts'
import { codeOf, readText, tableWith } from '../support/markdown.ts'

const pages = ['docs/learn.md', 'docs/learn.zh-CN.md'].map((path) => [path, readText(path)] as const)
const blocksOf = (page: string) =>
  Array.from(page.matchAll(/^```(\w+)\n(.*?)^```$/gms), ([, language, code]) => [language, code] as const)

test('both pages about learning have the same programs, commands and what they print', () => {
  const [[, english], [, chinese]] = pages as [(typeof pages)[number], (typeof pages)[number]]
  expect(blocksOf(chinese)).toEqual(blocksOf(english))
  expect(blocksOf(english).length).toBeGreaterThan(4)
})

describe.each(pages)('%s', (_, page) => {
  test('has exactly the settings of a learning job', () => {
    const named = tableWith(page, 'force').flatMap(([first]) => codeOf(first!))
    expect(named.sort()).toEqual([...Object.keys(trainSettings.entries)].sort())
  })

  test('names only commands that npm has, and samples that are there', () => {
    const commands = Array.from(page.matchAll(/npm run ([\w:-]+)/g), ([, name]) => name!)
    expect(commands.filter((name) => !Object.hasOwn(packageFile.scripts, name))).toEqual([])
    const there = readdirSync(join(root, 'docs/examples/learning'))
    const samples = Array.from(page.matchAll(/docs\/examples\/learning\/([\w.]+)/g), ([, name]) => name!)
    expect(samples.length).toBeGreaterThan(0)
    expect(samples.filter((name) => !there.includes(name))).toEqual([])
  })

  test('says of the samples how many rows they have', () => {
    const rowsOf = (name: string) =>
      readText(`docs/examples/learning/${name}`).trimEnd().split('\n').length - 1
    for (const name of ['pairs.csv', 'labels.csv']) expect(page).toContain(rowsOf(name).toLocaleString('en'))
  })
})
