import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { trainFolderOf, trainJobId, trainKeys } from '../../../src/services/train/keys.ts'
import { chooseFiles, parseTrainSettings } from '../../../src/services/train/settings.ts'

describe('learn.json', () => {
  it('may be empty, begin with a byte order mark, or have every setting', () => {
    expect(parseTrainSettings('')).toEqual({})
    expect(parseTrainSettings('\uFEFF{}\r\n')).toEqual({})
    const all = {
      model: 'jobs',
      pairs: 'export.csv',
      labels: 'catalogue.csv',
      guard: 'guard.jsonl',
      side: 'query',
      name: 'jobs.acme',
      force: true,
    }
    expect(parseTrainSettings(JSON.stringify(all))).toEqual(all)
  })

  it.each([
    ['{"modle": "jobs"}', /unknown field modle; expected model, pairs, .*; did you mean "model"/],
    ['{"side": "document"}', /"document" in side; expected one of table, query, both/],
    ['{"force": "yes"}', /"yes" in force; expected true or false/],
    ['{"pairs": "../other/pairs.csv"}', /in pairs; expected the name of a file beside it/],
    ['{"labels": ".."}', /in labels; expected the name of a file beside it/],
    ['{"guard": "a\\\\b"}', /in guard; expected the name of a file beside it/],
    ['[]', /is no object; expected one such as/],
    ['{"model": }', /is no JSON; expected an object/],
    ['{"name": "a", "name": "b"}', /has the field name twice/],
  ])('%s is refused with the field and what is expected', (text, expected) => {
    expect(() => parseTrainSettings(text)).toThrow(expected)
  })
})

describe('the files of a job', () => {
  it('are those that the settings name, or the ones with the usual names', () => {
    const present = ['learn.json', 'pairs.csv', 'labels.parquet', 'export.jsonl']
    expect(chooseFiles({}, present)).toEqual({
      pairs: 'pairs.csv',
      labels: 'labels.parquet',
      guard: undefined,
    })
    expect(chooseFiles({ pairs: 'export.jsonl' }, present).pairs).toBe('export.jsonl')
  })

  it.each([
    [
      {},
      ['learn.json'],
      /There is no pairs.jsonl, pairs.csv, pairs.parquet; upload it first and learn.json last/,
    ],
    [{ guard: 'g.csv' }, ['pairs.csv'], /The file g.csv, which guard in learn.json names, is not there/],
    [{}, ['pairs.csv', 'pairs.jsonl'], /There are pairs.jsonl and pairs.csv; expected one of them/],
  ])('are asked for when %j with %j does not say which they are', (settings, present, expected) => {
    expect(() => chooseFiles(settings, present)).toThrow(expected)
  })
})

describe('the name of a job', () => {
  it('begins at learn.json in a folder below train/ and nowhere else', () => {
    expect(trainFolderOf('train/acme/learn.json')).toBe('train/acme/')
    for (const key of [
      'train/learn.json',
      'train/a/b/learn.json',
      'x/train/a/learn.json',
      'train/a/pairs.csv',
    ])
      expect([key, trainFolderOf(key)]).toEqual([key, undefined])
  })

  it('is a safe key, and another one for any other folder or version of a file', () => {
    const files = fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 3 })
    const folder = fc.string({ minLength: 1 }).map((name) => `train/${name.replaceAll('/', '_')}/`)
    fc.assert(
      fc.property(folder, files, folder, files, (one, versions, other, others) => {
        const id = trainJobId(one, versions)
        expect(id).toMatch(/^[A-Za-z0-9][\w.-]*-[0-9a-f]{16}$/)
        expect(trainKeys(id).state('seed-1')).toBe(`learned/${id}/_state/seed-1`)
        const same = JSON.stringify([one, versions]) === JSON.stringify([other, others])
        expect(trainJobId(other, others) === id).toBe(same)
      }),
    )
  })
})
