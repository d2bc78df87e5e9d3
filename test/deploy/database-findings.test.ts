import { expect, test } from 'vitest'
import { diagnoseDatabase } from '../../scripts/deploy/database-findings.ts'
import type { Facts } from '../../scripts/deploy/findings.ts'
import type { DatabaseFacts } from '../../src/collections/postgres/inspect.ts'
import { AppError } from '../../src/errors.ts'
import type { CatalogModel } from '../../src/models/catalog/manifest.ts'
import { collectionModel } from '../support/collections.ts'
import { manifestOf } from '../support/manifests.ts'
import { parametersOf } from './defaults.ts'

const SOUND: DatabaseFacts = {
  ...{ server: '16.14', extension: '0.8.5', available: '0.8.5', reachable: true },
  ...{ mayBuild: true, isReplica: false, connections: 200, collections: [] },
}
const made = { name: 'jobs', version: 3, rows: 7, model: { ...collectionModel(8) } }

function findingsOf(database: Facts['database'], changes: Record<string, string> = {}): string[] {
  const facts = {
    database,
    findModel(name: string): CatalogModel {
      if (name !== 'small' && name !== 'other') throw new AppError('unknown_model', 'There is none.')
      return { ...manifestOf({ id: name, dimensions: 8 }), aliases: [] }
    },
  }
  const parameters = parametersOf('prod', {
    collections: 'postgres://me@db.example/people',
    defaultModel: 'small',
    ...changes,
  })
  return diagnoseDatabase(facts, parameters).map(({ level, text }) => `${level}: ${text}`)
}

const FIRST = 'good: PostgreSQL 16.14 at db.example answers to this machine, with pgvector 0.8.5'

test.each<[string, Partial<DatabaseFacts>, Record<string, string>, (string | RegExp)[]]>([
  ['nothing wrong', {}, {}, []],
  [
    'an old server',
    { server: '15.2' },
    {},
    [/^warning: PostgreSQL 15.2 is older than what tests run on, 16/],
  ],
  [
    'no package',
    { extension: undefined, available: undefined },
    {},
    [/^problem: The server has no pgvector/],
  ],
  ['no extension', { extension: undefined }, {}, [/^problem: The server has pgvector 0.8.5, and this data/]],
  [
    'an old extension to be had alone',
    { extension: undefined, available: '0.6.2', reachable: false },
    {},
    [/^problem: .*pgvector 0.6.2; expected 0.8 or later/],
  ],
  ['an old extension', { extension: '0.5.1' }, {}, [/^problem: .*pgvector 0.5.1; expected 0.8 or later/]],
  ['a hidden extension', { reachable: false }, {}, [/^problem: .*where this user does not look/]],
  ['a replica', { isReplica: true, mayBuild: false }, {}, [/^warning: db.example answers reads alone/]],
  ['a reader', { mayBuild: false }, {}, [/^warning: The user may search and not build/]],
  [
    'few connections',
    { connections: 100 },
    { matchReserved: '20' },
    [/^warning: The functions may open 130 connections, and the server takes 100/],
  ],
  [
    'its model',
    { collections: [made] },
    {},
    ['good: Collection jobs: 7 rows of small, which is the default model'],
  ],
  [
    'another model',
    { collections: [made] },
    { defaultModel: 'other' },
    [/^warning: Collection jobs was made by small, which requests have to name: the default is other/],
  ],
  [
    'an unknown model',
    { collections: [{ ...made, model: { ...made.model, id: 'old' } }] },
    {},
    [/^problem: Collection jobs was made by old, which the catalog does not have/],
  ],
  [
    'another revision',
    { collections: [{ ...made, model: { ...made.model, revision: '1'.repeat(40) } }] },
    {},
    [/^problem: Collection jobs was made by small@1{40}.*re-embed its rows/],
  ],
  [
    'another width',
    { collections: [{ ...made, model: { ...made.model, dimensions: 4 } }] },
    {},
    [/^problem: Collection jobs was made by .*4 dimensions.*8 dimensions/],
  ],
])('the doctor says of a database with %s what it means', (_, facts, changes, expected) => {
  const [first, ...found] = findingsOf({ ...SOUND, ...facts }, changes)
  expect(first).toMatch(/^good: PostgreSQL \d+\.\d+ at db.example answers/)
  expect(found).toEqual(expected.map((one) => (typeof one === 'string' ? one : expect.stringMatching(one))))
})

test('the doctor says nothing of a database that it did not ask, and why one did not answer', () => {
  expect(findingsOf(undefined)).toEqual([])
  expect(findingsOf({ problem: 'It refuses the user.' })).toEqual(['problem: It refuses the user.'])
  expect(findingsOf(SOUND)).toEqual([FIRST])
})
