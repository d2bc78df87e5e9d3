import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { readOptions } from '../../../scripts/evaluate/options.ts'
import { isOwnTask, readOwnTask } from '../../../scripts/evaluate/own-task.ts'
import { temporaryFolder } from '../../support/folders.ts'

let folder: string
const write = (name: string, lines: readonly string[]) =>
  writeFileSync(join(folder, name), `${lines.join('\n')}\n`)

beforeEach(() => {
  folder = join(temporaryFolder('task'), 'own')
  mkdirSync(join(folder, 'qrels'), { recursive: true })
  write('queries.jsonl', [
    '{"_id": "q1", "text": "nurse"}',
    '{"_id": "q2", "text": "护士"}',
    '{"_id": "q3", "text": "Krankenpfleger", "language": "de"}',
    '{"_id": "q4", "text": "not judged"}',
  ])
  write('corpus.jsonl', [
    '{"_id": 7, "title": "Nurse", "text": "night"}',
    '{"_id": "8", "text": "夜班护士 ICU"}',
    '{"_id": "9", "text": ""}',
  ])
  write('qrels/test.tsv', ['query-id\tcorpus-id\tscore', 'q1\t7\t2', 'q2\t7\t1', 'q2\t8\t1', 'q3\t8\t0'])
})

test('reads the layout of BEIR: judged queries, titles before texts, grades above 0', () => {
  const { queries, candidates, grades } = readOwnTask(folder)
  expect(queries.map(({ id }) => id)).toEqual(['q1', 'q2'])
  expect(candidates[0]).toMatchObject({ id: '7', text: 'Nurse\nnight' })
  expect(grades.get('q1')).toEqual(new Map([['7', 2]]))
})

test('keeps the texts of a pair of languages: as they say, else by their characters', () => {
  write('qrels/test.tsv', ['head', 'q2\t7\t1', 'q3\t8\t1'])
  const ids = (texts: readonly { readonly id: string }[]) => texts.map(({ id }) => id)
  const pair = (languages: string) => {
    const { queries, candidates } = readOwnTask(folder, languages)
    return [ids(queries), ids(candidates)]
  }
  expect(pair('zh-en')).toEqual([['q2'], ['7', '9']])
  expect(pair('de-zh')).toEqual([['q3'], ['8']])
  expect(() => readOwnTask(folder, 'en-zh')).toThrow('has 2 judged queries and 3 documents, of en-zh 0 and 1')
})

test('takes the judgements of the test split, else of another, else those beside the texts', () => {
  write('qrels/train.tsv', ['head', 'q1\t8\t1'])
  expect(readOwnTask(folder).name).toContain('test.tsv')
  write('qrels.tsv', ['head', 'q2\t8\t1'])
  const bare = join(folder, 'bare')
  mkdirSync(bare)
  for (const [name, lines] of [
    ['bare/queries.jsonl', ['{"_id": "a", "text": "b"}']],
    ['bare/corpus.jsonl', ['{"_id": "c", "text": "d"}']],
    ['bare/qrels.tsv', ['head', 'a\tc\t1']],
  ] as const)
    write(name, lines)
  expect(readOwnTask(bare).name).toContain('qrels.tsv')
})

test.each([
  ['judgements without its grade', 'qrels/test.tsv', ['head', 'q1 7 1'], 'expected query, candidate'],
  ['a document without a text', 'corpus.jsonl', ['{"_id": "8"}'], 'expected _id and text'],
])('names the line of %s', (_, name, lines, message) => {
  write(name, lines)
  expect(() => readOwnTask(folder)).toThrow(message)
})

test('says of a folder that lacks a file what is expected, and the command that brings a set of BEIR', () => {
  const bare = join(folder, 'qrels')
  expect([isOwnTask(folder), isOwnTask(bare)]).toEqual([true, false])
  expect(() => readOwnTask(bare)).toThrow(
    /has no qrels\/test.tsv; expected the layout of BEIR.*curl -LO https/,
  )
})

test('takes --data of one’s own, models beside commas, and a pair of languages', () => {
  const options = readOptions(['--data', folder, '--model', 'a,b', '--model', 'c', '--languages', 'zh→en'])
  expect(options).toMatchObject({ ranking: folder, models: ['a', 'b', 'c'], languages: 'zh-en' })
  expect(readOptions(['--data', join(folder, 'qrels')])).toMatchObject({
    ranking: undefined,
    models: ['jobs-static'],
    heldOut: undefined,
  })
  expect(() => readOptions(['--languages', 'Chinese'])).toThrow('expected two languages, such as zh-en')
})
