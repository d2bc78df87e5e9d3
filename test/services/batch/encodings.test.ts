import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { runFile } from '../../support/input-files.ts'

const bytesOf = (name: string) => readFileSync(`test/fixtures/encodings/${name}`)
const JOBS = ['三年重症病房经验', '熟悉数据库与后端开发']

describe('a file in another encoding', () => {
  it.each([
    ['gbk.csv', 'gb18030', JOBS],
    ['gb18030.jsonl', 'gb18030', ['会计师，五年经验', '㐂𠀋 工程师', '老师 \uFFFD 写的']],
    ['excel-utf16le.tsv', 'utf-16le', ['护士, 三年', 'a\tb', '😀 smile']],
    ['excel-utf16be.csv', 'utf-16be', ['护士, 三年', 'a\tb', '😀 smile']],
  ])('%s is found to be %s, packed or not', async (name, charset, texts) => {
    for (const [file, bytes] of [
      [name, bytesOf(name)],
      [`${name}.gz`, gzipSync(bytesOf(name))],
    ] as const) {
      const run = await runFile(file, bytes, { shardRows: 1 })
      expect(run.failure).toBeUndefined()
      expect(run.texts).toEqual(texts)
      expect(run.success).toMatchObject({ errors: 0, input: { charset } })
    }
  })

  it.each([
    ['big5.csv', 'line 1', ['三年重症病房經驗', '熟悉資料庫與後端開發']],
    ['euc-kr.csv', 'line 1', ['소프트웨어 엔지니어', '간호사 중환자실 근무 삼년']],
    ['shift_jis.csv', 'line 1', ['ソフトウェア技術者', '看護師']],
    ['euc-jp.csv', 'line 1', ['ソフトウェア技術者', '看護師として三年勤務しました']],
    ['windows-1252.csv', 'line 2', ['Bäcker für Brötchen', 'Köchin, 20 € die Stunde', 'Müller']],
  ])('%s is not guessed, but read when it is named', async (name, place, texts) => {
    const { failure, texts: none } = await runFile(name, bytesOf(name))
    expect(failure).toMatch(
      /^The encoding of the file cannot be told: .*the setting charset, such as windows-1252/,
    )
    expect(failure).toContain(place)
    expect(none).toEqual([])
    const charset = name.split('.')[0]
    const run = await runFile(name, bytesOf(name), { charset })
    expect(run.texts).toEqual(texts)
    expect(run.success).toMatchObject({ errors: 0, input: { charset } })
  })

  it('is not guessed where it is Russian', async () => {
    expect((await runFile('a.csv', bytesOf('koi8-r.csv'))).failure).toMatch(
      /encoding of the file cannot be told/,
    )
  })

  it('has an error row where bytes are no text in it, and goes on', async () => {
    expect((await runFile('a.txt', bytesOf('gbk-bad-row.txt'))).failure).toMatch(/line 1 is not UTF-8/)
    const run = await runFile('a.txt', bytesOf('gbk-bad-row.txt'), { charset: 'GBK' })
    expect(run.texts).toHaveLength(601)
    expect(run.errors).toEqual([expect.stringMatching(/^601: The row is not gbk, as the rest of the file;/)])
    const odd = Buffer.concat([bytesOf('excel-utf16le.tsv'), Buffer.from('d800', 'hex')])
    const half = await runFile(
      'a.tsv',
      Buffer.concat([odd, Buffer.from('34000900610000d80d000a006200', 'hex')]),
    )
    expect(half.texts).toHaveLength(3)
    expect(half.errors[0]).toMatch(/^5: The row is not utf-16le/)
  })

  it.each([
    ['unmarked-utf16le.csv', {}, /looks like UTF-16 without a byte order mark; .*\("utf-16le"\)/],
    ['utf32.txt', {}, /is in UTF-32/],
    ['gbk.csv', { charset: 'klingon' }, /charset is "klingon", which is no known encoding/],
    ['gbk.csv', { charset: 'iso-2022-jp' }, /cannot be read in pieces/],
    [
      'windows-1252.csv',
      { charset: 'utf-16le' },
      /charset is utf-16le, but the file is no UTF-16; correct or/,
    ],
    ['unmarked-utf16le.csv', { charset: 'utf-16be' }, /charset is utf-16be, but the file is utf-16le/],
    ['excel-utf16be.csv', { charset: 'gb18030' }, /begins with the byte order mark of utf-16be/],
  ])('%s with the settings %j is refused: %s', async (name, settings, message) => {
    expect((await runFile(name, bytesOf(name), settings)).failure).toMatch(message)
  })

  it('is read as UTF-16 without a mark when it is named so, and by its mark for the byte order', async () => {
    const named = { charset: 'utf-16le' }
    expect((await runFile('a.csv', bytesOf('unmarked-utf16le.csv'), named)).texts).toHaveLength(3)
    expect((await runFile('a.csv', bytesOf('excel-utf16be.csv'), { charset: 'utf-16' })).texts).toHaveLength(
      3,
    )
  })
})

describe('a file in UTF-8', () => {
  const row = (text: string) => Buffer.from(text, 'latin1')

  it.each([
    ['with Chinese rows', [Buffer.from('护士\n会计\n'), row('M\xfcller\n'), row('\xff\xfe\n')], 2],
    ['of ASCII alone', [row('one\ntwo\nthree\n'), row('\xff\xfe\n')], 1],
    ['of many rows', [row('one\n'.repeat(300)), row('M\xfcller\n')], 1],
  ])('%s stays UTF-8 where a few rows are damaged', async (_, pieces, errors) => {
    const run = await runFile('a.txt', Buffer.concat(pieces))
    expect(run.success).toMatchObject({ errors, input: { charset: 'utf-8' } })
    expect(run.errors[0]).toMatch(/The row is not UTF-8, as the rest of the file;/)
  })

  it('keeps U+FFFD where it was written', async () => {
    expect((await runFile('a.txt', 'a \uFFFD b\n')).texts).toEqual(['a \uFFFD b'])
  })

  it('may be cut within a character where the look at it ends', async () => {
    const { texts, success } = await runFile('a.txt', `${'护'.repeat(400_000)}`)
    expect(texts).toHaveLength(1)
    expect(success).toMatchObject({ input: { charset: 'utf-8' } })
  })
})

it('a byte order mark of UTF-8 is no GB18030, whatever the settings say', async () => {
  const { failure } = await runFile('a.csv', '\uFEFFid,title\n1,护士\n', { charset: 'gb18030' })
  expect(failure).toMatch(/charset is gb18030, but the file begins with the byte order mark of utf-8/)
  const bare = await runFile('a.csv', '\uFEFFid,title\n1,护士\n', { charset: 'utf-8' })
  expect(bare.texts).toHaveLength(1)
})

it.each([
  ['a full-width comma', '编号，职位\n1，护士\n'],
  ['a colon', 'id:title\n1:nurse\n'],
  ['quotes around whole lines', '"id,title"\n"1,nurse"\n'],
])('a header of one column with %s is refused, with the settings that tell', async (_, text) => {
  const { failure } = await runFile('a.csv', text)
  expect(failure).toMatch(/looks like several; .* setting delimiter, .* setting textColumn/)
})

it('a row that repeats the header of its table is an error row', async () => {
  const { texts, errors } = await runFile('a.csv', 'id,title\n1,nurse\n\uFEFFid,title\n2,cook\n')
  expect(texts).toHaveLength(2)
  expect(errors[0]).toMatch(/The row repeats the header/)
})
