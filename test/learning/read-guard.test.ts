import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openFile } from '../../scripts/learn/file.ts'
import { createContext } from '../../src/context.ts'
import { readGuard } from '../../src/learning/read-guard.ts'
import { temporaryFolder } from '../support/folders.ts'

const rows = Array.from({ length: 20 }, (_, index) => `text ${index},other ${index},${index / 4}`)

async function ratedIn(path: string) {
  const guard = await readGuard(await openFile(path, {}), createContext())
  return guard.kind === 'rated' ? guard.rated : []
}

function fileWith(name: string, lines: readonly string[]): string {
  const path = join(temporaryFolder('rated'), name)
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

test('a table with a header and one without have the same pairs', async () => {
  const plain = await ratedIn(fileWith('plain.csv', rows))
  expect(plain).toHaveLength(20)
  expect(plain[5]).toEqual({ left: 'text 5', right: 'other 5', score: 1.25 })
  expect(await ratedIn(fileWith('named.csv', ['left,right,score', ...rows]))).toEqual(plain)
})

test('objects in lines are read by the order of their fields', async () => {
  const lines = rows.map((row) => {
    const [left, right, score] = row.split(',')
    return JSON.stringify({ left, right, score: Number(score) })
  })
  expect((await ratedIn(fileWith('rated.jsonl', lines)))[3]?.score).toBe(0.75)
})

test('a row without a number is named by its line, and a short file is refused', async () => {
  const wrong = fileWith('wrong.csv', ['left,right,score', ...rows, 'a,b,much'])
  await expect(ratedIn(wrong)).rejects.toThrow('wrong.csv:22 is no guard')
  const short = fileWith('short.csv', ['left,right,score', ...rows.slice(0, 3)])
  await expect(ratedIn(short)).rejects.toThrow('it has 3 rated rows, and at least 20')
})

test('a file with a column query has pairs, not ratings', async () => {
  const lines = Array.from({ length: 3 }, (_, index) => `title ${index},label ${index}`)
  const path = fileWith('pairs.csv', ['query,positive', ...lines])
  expect((await readGuard(await openFile(path, {}), createContext())).kind).toBe('pairs')
})
