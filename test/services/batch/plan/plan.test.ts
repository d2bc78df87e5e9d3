import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isInput, jobIdOf, shardKeys, sidecarOf } from '../../../../src/services/batch/plan/job-keys.ts'
import { planJob, type SourceObject } from '../../../../src/services/batch/plan/plan.ts'
import { smallCatalog } from '../../../support/batch-service.ts'

const plan = (source: Partial<SourceObject> = {}, sidecar?: object | string) =>
  planJob(
    { key: 'input/rows.jsonl', bytes: 10, etag: 'e', ...source },
    {
      catalog: smallCatalog,
      defaultModel: 'small',
      sidecar: sidecar === undefined || typeof sidecar === 'string' ? sidecar : JSON.stringify(sidecar),
    },
  )

describe('the plan of a job', () => {
  it.each([
    ['input/a.csv', 'small'],
    ['input/other/a.csv', 'other'],
    ['input/tiny/deep/er/a.csv', 'small'],
    ['elsewhere/other/a.csv', 'small'],
  ])('takes the model of %s to be %s', (key, id) => {
    expect(plan({ key }).model.id).toBe(id)
  })

  it.each([
    [
      'input/2026-11/a.csv',
      'No model is called as the folder input/2026-11/; the default small was taken; name another in the setting model.',
    ],
    [
      'input/smal/deep/a.csv',
      'No model is called as the folder input/smal/; the default small was taken; did you mean "small"?',
    ],
  ])('takes the default model for the folder of %s, and says so', (key, warning) => {
    expect(plan({ key })).toMatchObject({ model: { id: 'small' }, warnings: [warning] })
    expect(plan({ key }, { model: 'other' })).not.toHaveProperty('warnings')
  })

  it('prefers the sidecar to the metadata to the folder', () => {
    const key = 'input/other/a.csv'
    expect(plan({ key, metadata: { model: 'small' } }).model.id).toBe('small')
    expect(plan({ key, metadata: { model: 'small' } }, { model: 'other' }).model.id).toBe('other')
  })

  it('reads metadata as texts with dashes, and lets names through that it does not know', () => {
    const metadata = {
      'text-column': 'title',
      'keep-columns': '["id"]',
      shardrows: '50',
      normalize: 'false',
      mtime: '1',
    }
    expect(plan({ metadata })).toMatchObject({
      wishes: { textColumn: 'title', keepColumns: ['id'] },
      shardRows: 50,
      normalize: false,
    })
    expect(plan({ metadata: { job: 'match', collection: 'jobs', top: '7' } })).toMatchObject({ top: 7 })
    expect(plan({ metadata: { 'text-column': '[broken]' } })).toMatchObject({
      wishes: { textColumn: '[broken]' },
    })
  })

  it('bounds a shard by the bytes of its vectors', () => {
    expect(plan({}, { encoding: 'base64' }).shardRows).toBe(4096)
    expect(plan({}, { shardRows: 7 }).shardRows).toBe(7)
  })

  it.each([
    ['{', /are no JSON/],
    ['[]', /are no object; expected one such as/],
    [{ modle: 'small' }, /unknown field modle; expected .*; did you mean "model"/],
    [{ zzzzzzzz: 1 }, /unknown field zzzzzzzz; expected .*; remove it/],
    [{ job: 'embedd' }, /"embedd" in job; expected one of embed, match, collection/],
    [{ shardRows: 0 }, /0 in shardRows; expected a number of at least 1/],
    [{ shardRows: 'many' }, /"many" in shardRows; expected number/],
    [{ truncate: true }, /true in truncate; expected "end", "start" or false/],
    [{ dimensions: 3 }, /offers 4, 2 dimensions; the job settings ask for 3/],
    [{ output: 'parquet', encoding: 'base64' }, /leave encoding out or write JSONL/],
    [{ collection: 'jobs' }, /kind embed does not obey the setting collection; add "job": "match"/],
    [{ top: 3 }, /kind embed does not obey the setting top; it belongs to "job": "match"/],
    [{ job: 'collection', collection: 'jobs', top: 3 }, /kind collection does not obey the setting top/],
    [{ job: 'match', collection: 'jobs', normalize: false }, /does not obey the setting normalize/],
    [{ job: 'match' }, /match job needs the name of a collection/],
    [{ model: 'smal' }, /did you mean "small"/],
  ])('refuses the settings %j with a sentence', (sidecar, message) => {
    expect(() => plan({}, sidecar)).toThrow(message)
  })

  it.each([
    ['{"shardRows": 3, "model": "small", "shardRows": 4}', 'shardRows'],
    ['\uFEFF{"model": "small", "mod\\u0065l": "small"}', 'model'],
  ])('refuses the settings %j, of which one stands twice', (sidecar, name) => {
    expect(() => plan({}, sidecar)).toThrow(
      `The job settings in input/rows.jsonl.job.json have the field ${name} twice, of which only the last would count`,
    )
  })

  it('names the sidecar in which the mistake is', () => {
    expect(() => plan({}, '{')).toThrow(/input\/rows.jsonl.job.json/)
    expect(() => plan({ metadata: { dimensions: 'x' } })).toThrow(/the metadata of input\/rows.jsonl/)
  })

  it('is the same for the same object and settings', () => {
    expect(plan({}, { model: 'other' })).toEqual(plan({}, { model: 'other' }))
  })
})

describe('names', () => {
  it('of jobs differ with key, version and settings, are safe as folder names, and show the name of the file', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (key, version, other) => {
        const id = jobIdOf(key, version, '{}')
        expect(id).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]*-[0-9a-f]{16}-[0-9a-f]{8}$/)
        expect(jobIdOf(key, version, '{}')).toBe(id)
        if (version === other) return
        expect(jobIdOf(key, other, '{}')).not.toBe(id)
        expect(jobIdOf(key, '', version)).not.toBe(jobIdOf(key, '', other))
      }),
    )
    expect(jobIdOf('input/jobs 2026.csv', 'v', '')).toMatch(/^jobs-2026.csv-[0-9a-f]{16}-[0-9a-f]{8}$/)
  })

  it('of jobs are the same for settings that come to the same', () => {
    expect(plan({}, { model: 'tiny', truncate: 'end' }).id).toBe(plan({}, {}).id)
    expect(plan({ metadata: { 'text-column': 'a' } }).id).toBe(plan({}, { textColumn: 'a' }).id)
    const others = [{}, { model: 'other' }, { dimensions: 2 }, { textColumn: 'a' }, { shardRows: 7 }]
    expect(new Set(others.map((settings) => plan({}, settings).id)).size).toBe(others.length)
  })

  it('of shards sort as their numbers do, ranges first', () => {
    const names = [0, 9, 10, 99_999].map((number) => shardKeys('j', 'jsonl').part(number))
    expect([...names].sort()).toEqual(names)
    const ranges = [0, 2, 10].flatMap((range) =>
      [0, 11].map((number) => shardKeys('j', 'jsonl', range).part(number)),
    )
    expect([...ranges].sort()).toEqual(ranges)
    expect(shardKeys('j', 'parquet', 3).errors(4)).toBe('output/j/errors-00003-00004.jsonl')
  })

  it('tell files from their settings and from folders', () => {
    expect(
      ['input/a.csv', 'input/x/y', sidecarOf('input/a.csv'), 'input/x/', 'output/a', 'a'].map(isInput),
    ).toEqual([true, true, false, false, false, false])
  })
})
