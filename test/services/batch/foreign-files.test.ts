import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { runFile } from '../../support/input-files.ts'

const CSV = 'id,text\n1,a\n'
const zip = (part: string) => `PK\x03\x04\x14\x00\x06\x00[Content_Types].xml ${part}workbook.xml`
const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')
const parquet = () => readFileSync('test/fixtures/cases/types.parquet')

describe('a file of another kind', () => {
  it.each([
    ['cv.pdf', '%PDF-1.7\n1 0 obj\nendobj\n', /is a PDF; .*take its text out first/],
    ['cv.txt', '%PDF-1.7\n1 0 obj\nendobj\n', /is a PDF/],
    ['a.xlsx', zip('xl/'), /is an Excel workbook \(.xlsx\); .*save it as CSV UTF-8 or Parquet/],
    ['a.csv', zip('xl/'), /is an Excel workbook/],
    ['a.docx', zip('word/'), /is a Word document/],
    ['a.zip', zip('data/'), /is a ZIP archive; .*unpack it/],
    ['a.xls', Buffer.from('d0cf11e0a1b11ae1', 'hex'), /is an old Excel or Word file/],
    ['a.csv', gzipSync(CSV), /is packed with gzip, .*name it .gz/],
    ['a.csv', Buffer.from('28b52ffd00', 'hex'), /is packed with zstd, .*name it .zst/],
    ['a.csv.gz', CSV, /is said to be packed with gzip, and is not/],
    ['a.csv.gz', zip('xl/'), /is an Excel workbook/],
    ['a.csv.zst', '%PDF-1.7\n', /is a PDF/],
    ['a.csv.gz', gzipSync(gzipSync(CSV)), /is packed twice/],
    ['a.csv.gz', gzipSync(parquet()), /is a Parquet file; .*name it .parquet/],
    ['a.parquet.gz', gzipSync(parquet()), /A Parquet file is read from its end/],
    ['a.csv', parquet(), /is a Parquet file/],
    ['a.parquet', CSV, /no whole Parquet file/],
    ['a.jpg', Buffer.from('ffd8ffe000104a464946', 'hex'), /is a picture \(JPEG\)/],
    ['a.csv', Buffer.from('RIFF....WEBPVP8 '), /is a picture \(WebP\)/],
    ['a.csv', `${'f'.repeat(257)}ustar\0`, /is a tar archive/],
    ['a.csv', 'id,text\n1,a\0b\n', /has a NUL byte at offset 11/],
    ['a.html', '<!DOCTYPE html>\n<html><body>Hi</body></html>\n', /is HTML or XML; /],
    ['a.txt', '\uFEFF \n<html>\n<body>Hi</body></html>\n', /is HTML or XML; /],
    ['a.csv', '<?xml version="1.0"?>\n<a/>\n', /is HTML or XML; /],
    ['a.csv', '<table border="1"><tr><td>text</td></tr></table>', /is HTML or XML; /],
    ['a.csv', '<meta charset="utf-8"><style>td {}</style>', /is HTML or XML; /],
    ['a.csv', '| id | text |\n|----|:----:|\n| 1 | a |\n', /is a table drawn with lines/],
    ['a.csv', '\r\nid|text\r\n-|-\r\n1|a\r\n', undefined],
    ['a.md.csv', '|id|text|\n|-|-|\n|1|a|\n', /is a table drawn with lines/],
    ['a.tsv', ' id | text \n----+------\n  1 | a\n(1 row)\n', /drawn with lines, .*printed by a database/],
    ['a.txt', '+----+------+\n| id | text |\n+----+------+\n', /or set format to "lines"/],
    ['a.csv', '┌───────┬──────┐\n│ id    │ text │\n', /is a table drawn with lines/],
    ['a.txt', 'shape: (1, 1)\n┌──────┐\n│ text │\n', /is a table drawn with lines/],
    ['a.csv', '{"text":"a"}\n{"text":"b"}\n', /begins as JSON does; .*set format to "jsonl"/],
    ['a.tsv', '[{"text":"a"}]', /begins as JSON does/],
    ['a.csv', 'id\x01text\n1\x01a\n', /looks like several; .*setting delimiter/],
    ['a.csv', 'id~text\n1~a\n', /whose name "id~text" looks like several/],
    ['a.parquet', '', /no whole Parquet file: it has 0 bytes/],
    ['a', CSV, /has no ending, which tells no format; expected .csv, .tsv/],
    ['a.dat', CSV, /ends with .dat, which tells no format/],
    ['.csv', CSV, undefined],
    ['a', '', undefined],
    ['table.txt', 'id\ttext\n1\ta\n', /The lines of the file have tabs between fields/],
    ['cells.txt', 'id\ttext\n1\t"a\nb"\n2\t"c\n\nd"\n', /have tabs between fields, .*set format to "tsv"/],
    ['cells.txt', utf16('编号\t简历\r\n1\t"五年\n护士"\r\n2\t会计\r\n'), /have tabs between fields/],
    ['rows.txt', '{"text":"a"}\n{"text":"b"}\n', /begins as JSON does; .*set format to "jsonl"/],
    ['list.txt', '\uFEFF[\n  { "text": "a" }\n]\n', /begins as JSON does/],
    ['braces.txt', '{a} b\n[c] d\n', undefined],
    [
      'saved.txt',
      '<!-- saved from url=(0014)about:internet -->\n<html><body>a</body></html>',
      /is HTML or XML/,
    ],
    ['one.txt', 'a\tb\n', undefined],
    ['few.txt', 'a\tb\nc\nd\ne\tf\n', undefined],
  ])('%s is refused with the sentence %#: %j', async (name, bytes, message) => {
    const { failure, texts, outcome } = await runFile(name, bytes)
    if (message === undefined) expect(outcome.status).toBe('succeeded')
    else {
      expect(failure).toMatch(message)
      expect(texts).toEqual([])
    }
  })

  it.each([
    ['a', CSV, { format: 'csv' }, ['a']],
    ['a.dat', 'one\ntwo\n', { format: 'lines' }, ['one', 'two']],
    ['rows.txt', '{"text":"a"}\n', { format: 'jsonl' }, ['a']],
    ['rows.txt', '{"text":"a"}\n', { format: 'lines' }, ['{"text":"a"}']],
    ['a.html', '<html>\n<p>\n', { format: 'lines' }, ['<html>', '<p>']],
    ['a.csv', gzipSync(CSV), { compression: 'gzip' }, ['a']],
    ['a.csv.gz', CSV, { compression: 'none' }, ['a']],
    ['table.txt', 'id\ttext\n1\ta\n', { format: 'tsv' }, ['a']],
    ['table.txt', 'id\ttext\n1\ta\n', { format: 'lines' }, ['id\ttext', '1\ta']],
  ])('%s with the bytes %j and the settings %j is read', async (name, bytes, settings, texts) => {
    expect((await runFile(name, bytes, settings)).texts).toEqual(texts)
  })
})
