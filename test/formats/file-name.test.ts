import { describe, expect, it } from 'vitest'
import { readName } from '../../src/formats/file-name.ts'

describe('the name of a file', () => {
  it.each([
    ['a.jsonl', 'jsonl', 'none'],
    ['a.ndjson.gz', 'jsonl', 'gzip'],
    ['a.CSV', 'csv', 'none'],
    ['a.b.tsv.zst', 'tsv', 'zstd'],
    ['folder.csv/a.json', 'json', 'none'],
    ['a.parquet', 'parquet', 'none'],
    ['a.txt', 'lines', 'none'],
    ['a.gz', undefined, 'gzip'],
    ['a', undefined, 'none'],
    ['a.constructor', undefined, 'none'],
    ['a.xlsx', undefined, 'none'],
  ])('%s means the format %s, packed with %s', (name, format, compression) => {
    expect(readName(`input/${name}`)).toMatchObject({ format, compression })
  })
})
