import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeEach, expect, it } from 'vitest'
import { type CollectionCommandSettings, runCollectionCommand } from '../../scripts/collections/commands.ts'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { createContext } from '../../src/context.ts'
import { temporaryFolder } from '../support/folders.ts'

const JOBS = [
  { id: 'nurse', title: 'Intensive care nurse', skills: ['ventilators'], location: 'Berlin' },
  { id: 'engineer', title: '软件工程师', location: '上海' },
  { id: 7, title: 'Truck driver', location: 'Berlin' },
]

let folder: string
let printed: string[]
let settings: CollectionCommandSettings
const run = (command: string, ...names: string[]) => runCollectionCommand(command, names, settings)
const file = (name: string, content: string) => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
const lines = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).join('\r\n')

beforeEach(() => {
  folder = temporaryFolder('collections-command')
  mkdirSync(folder, { recursive: true })
  printed = []
  settings = {
    to: join(folder, 'store'),
    encoding: 'float32',
    environment: {},
    print: (line) => printed.push(line),
  }
})

const machine = { memoryBytes: 1e9, processors: 1, root: join(import.meta.dirname, '..', '..') }

/** Asks the app as its callers do. */
async function match(body: object, collections: string | undefined = settings.to) {
  const app = createApp(readConfig(collections ? { COLLECTIONS: collections } : {}, machine))
  const request = new Request('http://app/match', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ candidates: { collection: 'jobs' }, ...body }),
  })
  const response = await app.http.fetch(request, createContext())
  await app.close()
  return { status: response.status, body: (await response.json()) as Answer }
}

interface Answer {
  readonly results: readonly { readonly id: string; readonly score: number; readonly band?: string }[]
  readonly collection: object
  readonly error: {
    readonly code: string
    readonly message: string
    readonly details: { readonly field?: string }
  }
}

it('takes ids from the column that jobs take them from, also by its Chinese name', async () => {
  await run('build', file('jobs.csv', '编号,title\r\nr7,Intensive care nurse\r\nr8,Pastry chef\r\n'))
  const { body } = await match({ query: 'ICU nurse', topK: 1 })
  expect(body.results.map(({ id }) => id)).toEqual(['r7'])
})

it.each(['float32', 'int8'])('builds a collection of %s that matches are answered from', async (encoding) => {
  settings = { ...settings, encoding }
  await run('build', file('jobs.jsonl', lines(JOBS)))
  expect(printed[0]).toMatch(/^Version 1: 3 rows of jobs-static-2/)
  const { body } = await match({ query: 'ICU nurse', topK: 2, explain: true })
  expect(body.results.map(({ id }) => id)[0]).toBe('nurse')
  expect(body.results).toHaveLength(2)
  expect(body.results[0]!.band).toBeDefined()
  expect(body.collection).toEqual({
    ...{ name: 'jobs', version: 1, rows: 3, excluded: 0 },
    ...{ engine: 'exact', exact: true },
  })
  expect((await match({ query: 'software engineer', topK: 1 })).body.results[0]!.id).toBe('engineer')
})

it('scores a row of a collection as it scores a candidate of a request', async () => {
  await run('build', file('jobs.jsonl', lines(JOBS)))
  const { body } = await match({ query: 'ICU nurse' })
  const given = await match({ query: 'ICU nurse', candidates: JOBS })
  const scores = (answer: Answer) => answer.results.map(({ id, score }) => [id, score.toFixed(4)])
  expect(scores(body)).toEqual(scores(given.body))
})

it('filters rows by their fields, and applies a threshold', async () => {
  await run('build', file('jobs.jsonl', lines(JOBS)))
  const berlin = { location: { equals: 'berlin' } }
  const { body } = await match({ query: 'engineer', filters: berlin })
  expect(body.results.map(({ id }) => id).sort()).toEqual(['7', 'nurse'])
  expect(body.collection).toMatchObject({ excluded: 1 })
  expect((await match({ query: 'ICU nurse', threshold: 0.4 })).body.results).toHaveLength(1)
})

it('adds, replaces, removes, compacts, lists and shows', async () => {
  await run('build', file('jobs.jsonl', lines(JOBS)))
  settings = { ...settings, name: 'jobs' }
  await run(
    'add',
    file('more.jsonl', lines([{ id: 'nurse', title: 'Pilot' }, 'Baker', '', 'Cook'].filter(Boolean))),
  )
  expect(printed.at(-1)).toMatch(/^Version 2: 5 rows/)
  await run('remove', file('ids.txt', '7\nabsent\n'))
  expect(printed.at(-1)).toMatch(/^1 of 2 ids were there. Version 3: 4 rows/)
  await run('compact')
  expect(printed.at(-1)).toMatch(/^Version 4: 4 rows .* in 1 segments/)
  await run('list')
  expect(printed.at(-1)).toMatch(/jobs +4 +4 +jobs-static-2 +float32/)
  await run('info')
  expect(JSON.parse(printed.at(-1)!)).toMatchObject({
    version: 4,
    model: { id: 'jobs-static-2', dimensions: 256 },
  })
  expect((await match({ query: 'pilot', topK: 1 })).body.results[0]!.id).toBe('nurse')
})

it.each([
  ['a line that is no JSON', '{"id": 1', /jobs.jsonl:1: The line is no JSON/],
  ['a list', '[1]', /jobs.jsonl:1: The record is no JSON object; expected one such as [^.]*\.$/],
  ['an id that is none', '{"id": {}, "text": "a"}', /jobs.jsonl:1: The row has an id that is no text/],
  ['a row without text', '"ok"\n{"years": 3}', /jobs.jsonl:2: The row has no text to embed/],
])('names the line with %s', async (_, content, message) => {
  await expect(run('build', file('jobs.jsonl', content))).rejects.toThrow(message)
})

const CSV = 'ID,职位名称\nnurse,重症监护护士\nengineer,软件工程师\n'
const GBK = Buffer.from(
  '49442cd6b0cebbc3fbb3c60a6e757273652cd6d8d6a2bce0bba4bba4cabf0a656e67696e6565722cc8edbcfeb9a4b3cccaa60a',
  'hex',
)

it.each<[string, string, string | Buffer]>([
  ['a table', 'jobs.csv', CSV],
  ['a table in GBK', 'jobs.csv', GBK],
  [
    'a packed file',
    'jobs.jsonl.gz',
    gzipSync(
      lines([
        { ID: 'nurse', title: '重症监护护士' },
        { ID: 'engineer', title: '软件工程师' },
      ]),
    ),
  ],
  [
    'a list',
    'jobs.json',
    JSON.stringify([
      { ID: 'nurse', title: '重症监护护士' },
      { ID: 'engineer', title: '软件工程师' },
    ]),
  ],
])('builds a collection of %s', async (_, name, content) => {
  writeFileSync(join(folder, name), content)
  await run('build', join(folder, name))
  expect(printed[0]).toMatch(/^Version 1: 2 rows/)
  expect((await match({ query: '软件工程师', topK: 1 })).body.results[0]!.id).toBe('engineer')
})

it('says what a file is that it cannot read, and takes the word of its owner', async () => {
  const sheet = join(folder, 'jobs.xlsx')
  writeFileSync(sheet, Buffer.from('504b0304140000000800', 'hex'))
  await expect(run('build', sheet)).rejects.toThrow(/jobs\.xlsx: .*(CSV|zip)/)
  const path = file('jobs.data', CSV)
  await expect(run('build', path)).rejects.toThrow(/jobs\.data: The name of the file ends with \.data/)
  settings = { ...settings, format: 'cvs' }
  await expect(run('build', path)).rejects.toThrow(/the option --format have "cvs"/)
  settings = { ...settings, format: 'csv' }
  await run('build', path)
  expect(printed[0]).toMatch(/^Version 1: 2 rows/)
})

it.each([
  ['an unknown command', 'make', [], 'There is no command make'],
  ['no file', 'build', [], 'Expected the path of a file of rows'],
  ['no ids', 'remove', [], 'Expected the path of a file with an id'],
  ['no name', 'compact', [], 'Expected --name'],
])('refuses a command with %s', async (_, command, names, message) => {
  await expect(run(command, ...names)).rejects.toThrow(message)
})

it('refuses another encoding, a store that cannot be written, and a collection that is not there', async () => {
  const path = file('jobs.jsonl', lines(JOBS))
  await expect(runCollectionCommand('build', [path], { ...settings, encoding: 'int4' })).rejects.toThrow(
    'int4',
  )
  await expect(runCollectionCommand('list', [], { ...settings, to: 'hf:' })).rejects.toThrow(
    'cannot be written',
  )
  await expect(runCollectionCommand('info', [], { ...settings, name: 'none' })).rejects.toThrow(
    'no collection none',
  )
  await expect(runCollectionCommand('add', [], { ...settings, name: 'none' })).rejects.toThrow(
    'path of a file of rows',
  )
})

it.each([
  ['that is not there', { candidates: { collection: 'none' } }, 'candidates.collection'],
  ['of another model', { model: { ensemble: [{ model: 'fast' }, { model: 'balanced' }] } }, 'model'],
  ['by sections', { weights: { title: 1 } }, 'weights'],
  ['with a name that is a path', { candidates: { collection: '../jobs' } }, 'candidates.collection'],
  ['without a name', { candidates: { collection: '' } }, 'candidates.collection'],
])('answers 400 to a match with a collection %s', async (_, body, field) => {
  await run('build', file('jobs.jsonl', lines(JOBS)))
  const answer = await match({ query: 'nurse', ...body })
  expect(answer.status).toBe(400)
  expect(answer.body.error.details.field).toBe(field)
})

it('says that a deployment has no collections', async () => {
  const { status, body } = await match({ query: 'nurse' }, '')
  expect([status, body.error.details.field]).toEqual([400, 'candidates.collection'])
  expect(body.error.message).toContain('set COLLECTIONS')
})

it('names the row of which the model knows no word, and builds nothing', async () => {
  const rows = [...JOBS, { id: 'fox', title: '🦊' }]
  await expect(run('build', file('jobs.jsonl', lines(rows)))).rejects.toThrow(
    /jobs\.jsonl:4 \(id "fox"\) has no word that the model knows/,
  )
  await run('list')
  expect(printed.at(-1)).not.toContain('jobs')
})

it('asks for a name where that of the file can be none', async () => {
  const path = file('简历.csv', 'id,title\n1,Nurse\n')
  await expect(run('build', path)).rejects.toThrow(/is "简历"; expected letters.*; give it one by --name\.$/)
  settings = { ...settings, name: 'resumes' }
  await run('build', path)
  expect(printed[0]).toMatch(/^Version 1: 1 rows/)
})

it('keeps what is there when a file has no rows', async () => {
  await run('build', file('jobs.jsonl', lines(JOBS)))
  for (const [name, content] of [
    ['jobs.csv', 'id,title\n'],
    ['jobs.txt', ''],
  ] as const)
    await expect(run('build', file(name, content))).rejects.toMatchObject({
      ...{ code: 'empty_input', message: expect.stringMatching(/has no rows.*"delete" it\.$/) },
    })
  await run('list')
  expect(printed.at(-1)).toMatch(/^jobs +3 +1 /m)
})

it('refuses an id that occurs again, unless its last row is to count', async () => {
  const twice = file('jobs.jsonl', lines([...JOBS, { id: '7', title: 'Bus driver' }]))
  await expect(run('build', twice)).rejects.toThrow('--repeated-ids last')
  settings = { ...settings, 'repeated-ids': 'some' }
  await expect(run('build', twice)).rejects.toThrow('expected refuse or last')
  settings = { ...settings, 'repeated-ids': 'last' }
  await run('build', twice)
  expect(printed[0]).toMatch(/^Version 1: 3 rows/)
})
