import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { learnTool } from '../../../scripts/learn/tool.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { run } from '../../support/tools.ts'

const folder = temporaryFolder('learn-tool')
const file = (name: string, rows: readonly unknown[]) => {
  writeFileSync(join(folder, name), rows.map((row) => JSON.stringify(row)).join('\n'))
  return join(folder, name)
}

test('a refused model ends with 3, and a mistake in the command line with 2', async () => {
  const labels = file('labels.jsonl', [
    { id: 'n', text: 'nurse' },
    { id: 'c', text: 'chef' },
    { id: 'd', text: 'driver' },
  ])
  const rows = Array.from({ length: 40 }, (_, row) => ({ query: `title ${row}`, positiveId: 'ncd'[row % 3] }))
  const pairs = file('pairs.jsonl', [...rows, { query: 'heavy', positiveId: 'n', weight: 1e6 }])
  const out = join(folder, 'models')
  const refused = await run(learnTool, '--model', 'jobs', '--pairs', pairs, '--labels', labels, '--out', out)
  expect(refused.out).toContain('No model is written; --force writes it all the same')
  expect(refused.out).toContain(
    '1 of 41 pairs weigh more than 100 times the middle weight of 1 (up to 1000000)',
  )
  expect(refused.status).toBe(3)
  expect(readdirSync(out)).toEqual([expect.stringMatching(/-refused$/)])

  const misused = await run(learnTool, '--model', 'jobs')
  expect(misused.status).toBe(2)
})
