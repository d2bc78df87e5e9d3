import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { distillTool } from '../../../scripts/distill/tool.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { run } from '../../support/tools.ts'

function fileWith(lines: readonly string[], name = 'texts.txt'): string {
  const path = join(temporaryFolder('texts'), name)
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

test.each([
  [[], 'There is no --teacher'],
  [['--teacher', 'fast'], 'There is no --texts'],
  [['--teacher', 'fast', '--texts', 'x', '--to', 'int4'], '--to is "int4"; expected static'],
  [['--teacher', 'fast', '--texts', 'x', '--vocabulary', 'mine'], 'expected one of auto, bundled, teacher'],
  [['--teacher', 'fast', '--texts', 'x', '--name', 'a/b'], 'The name of the learned model is "a/b"'],
  [
    ['--teacher', 'fast', '--texts', 'x', '--most', '10'],
    '--most is "10"; expected a whole number from 1000',
  ],
  [['--teacher', 'jobs', '--texts', 'x'], 'is a static model already'],
  [['--teacher', 'chinese', '--texts', 'x', '--role', 'document'], 'bge-small-zh-v1.5 has the roles query'],
  [['--teacher', 'fast', '--texts', 'x', 'corpus.csv'], '"corpus.csv" is no option'],
  [['--teacher', 'fast', '--texts', 'absent.csv'], 'absent.csv is no file that is there'],
])('%j is refused in a sentence', async (args, message) => {
  const { err, out, status } = await run(distillTool, ...args)
  expect(err).toContain(message)
  expect([out, status]).toEqual([
    '',
    message.includes('learned model') || message.includes('no file') ? 1 : 2,
  ])
})

test('a reranker is no teacher', async () => {
  const { err, status } = await run(distillTool, '--teacher', 'ms-marco-MiniLM-L6-v2', '--texts', 'x')
  expect(err).toContain('expected a model that makes vectors')
  expect(status).toBe(1)
})

test('too few texts are counted, with what was left out, and refused with how many are needed', async () => {
  const lines = Array.from({ length: 700 }, (_, index) => JSON.stringify({ text: `title ${index % 600}` }))
  const path = fileWith([...lines, '{"text": 3}', '{"text": "???"}'], 'texts.jsonl')
  const { out, err, status } = await run(distillTool, '--teacher', 'fast', '--texts', path)
  expect(out).toBe(
    '702 rows, 600 distinct texts; left out: 100 repeated, 1 without a letter or digit, 1 rows without a text.',
  )
  expect(err).toContain('texts.jsonl:701 is left out')
  expect(err).toContain('There are 600 distinct texts; expected at least 1000')
  expect(err).not.toContain('title')
  expect(status).toBe(3)
})
