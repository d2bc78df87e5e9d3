import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readRatedTexts } from '../../../scripts/distill/rated-texts.ts'
import { temporaryFolder } from '../../support/folders.ts'

const rows = Array.from({ length: 20 }, (_, index) => `text ${index},other ${index},${index / 4}`)

function fileWith(name: string, lines: readonly string[]): string {
  const path = join(temporaryFolder('rated'), name)
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

test('a table with a header and one without have the same pairs', async () => {
  const plain = await readRatedTexts(fileWith('plain.csv', rows), {})
  expect(plain).toHaveLength(20)
  expect(plain[5]).toEqual({ left: 'text 5', right: 'other 5', score: 1.25 })
  expect(await readRatedTexts(fileWith('named.csv', ['left,right,score', ...rows]), {})).toEqual(plain)
})

test('objects in lines are read by the order of their fields', async () => {
  const lines = rows.map((row) => {
    const [left, right, score] = row.split(',')
    return JSON.stringify({ left, right, score: Number(score) })
  })
  expect((await readRatedTexts(fileWith('rated.jsonl', lines), {}))[3]?.score).toBe(0.75)
})

test('a row without a number is named by its line, and a short file is refused', async () => {
  const wrong = fileWith('wrong.csv', ['left,right,score', ...rows, 'a,b,much'])
  await expect(readRatedTexts(wrong, {})).rejects.toThrow('wrong.csv:22 is no rated pair')
  const short = fileWith('short.csv', ['left,right,score', ...rows.slice(0, 3)])
  await expect(readRatedTexts(short, {})).rejects.toThrow('has 3 rated pairs; expected at least 20')
})
