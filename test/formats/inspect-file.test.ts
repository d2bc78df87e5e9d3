import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../src/context.ts'
import { inspectFile } from '../../src/formats/inspect-file.ts'
import { sourceOf } from '../support/record-readers.ts'

const inspect = (name: string, text: string | Uint8Array, hints: object = {}) =>
  inspectFile(sourceOf(text, 65_536), { name, ...hints }, createContext())

describe('a look at a file', () => {
  it('reads no more than it takes', async () => {
    const source = sourceOf(`id,text\n1,é\n${'1,a\n'.repeat(2_000_000)}`, 65_536)
    const { layout, records, whole } = await inspectFile(source, { name: 'a.csv' }, createContext())
    expect(layout).toMatchObject({ columns: ['id', 'text'], first: { start: 8, line: 2 } })
    expect([records.length, whole]).toEqual([1000, false])
    expect(source.taken).toBeLessThan(1.2e6)
  })

  it.each([
    ['a.csv', 'x'],
    ['a.csv', ' '],
    ['a.jsonl', 'x'],
  ])('finds no end of the first record of %s, all "%s"', async (name, character) => {
    await expect(inspect(name, character.repeat(10_000_000))).rejects.toMatchObject({
      message: expect.stringMatching(
        /The first record or header of the file has more than 8388608 bytes and no end/,
      ),
    })
  })

  it('takes the columns of a Parquet file from its schema', async () => {
    const file = await inspect('a.parquet', readFileSync('test/fixtures/cases/pandas.parquet'))
    expect(file.layout).toMatchObject({ format: 'parquet', columns: file.names })
    expect(file.names.length).toBeGreaterThan(1)
  })

  it('knows frames of zstd that are to be skipped', async () => {
    const frame = Buffer.from('5a2a4d1800000000', 'hex')
    await expect(inspect('a.csv', frame)).rejects.toThrow(/is packed with zstd/)
    await expect(inspect('a.csv', Buffer.from('8a2a4d18', 'hex'))).rejects.toThrow(/charset/)
  })

  it('goes through empty lines, however many, to the first that is none', async () => {
    const blank = '\n'.repeat(12_000_000)
    const first = { start: 12_000_008, line: 12_000_002, blankLines: 12_000_000 }
    expect((await inspect('a.csv', `${blank}id,text\n1,a\n`)).layout).toMatchObject({ first })
    expect((await inspect('a.jsonl', `${blank}{"text":"a"}\n`)).records).toHaveLength(1)
    const list = await inspect('a.json', `\r\n\r\n${blank}[{"text":"a"}]\n`)
    expect([list.layout.first, list.records.length]).toEqual([
      { start: 12_000_005, line: 12_000_003, blankLines: 0 },
      1,
    ])
    expect((await inspect('a.csv', blank)).names).toEqual([])
  })

  it.each([
    ['utf-8', Buffer.from('70000,护士\n')],
    ['gb18030', Buffer.from('37303030302cbba4cabf0a', 'hex')],
  ])('finds %s by the first lines beyond ASCII, far behind its beginning', async (charset, last) => {
    const ascii = Array.from({ length: 200_000 }, (_, id) => `${id},nurse\n`).join('')
    for (const name of ['a.csv', 'a.csv.gz']) {
      const text = Buffer.concat([Buffer.from(`id,text\n${ascii}`), last, last])
      const file = await inspect(name, name.endsWith('gz') ? gzipSync(text) : text)
      expect(file.layout).toMatchObject({ charset, columns: ['id', 'text'] })
    }
  })

  it('looks no further than 64 MiB for lines beyond ASCII', async () => {
    const source = sourceOf('nurse in intensive care\n'.repeat(4_000_000), 65_536)
    expect((await inspectFile(source, { name: 'a.txt' }, createContext())).layout.charset).toBe('utf-8')
    expect(source.taken).toBeLessThan(66 * 1024 * 1024 + 1.2e6)
    const late = Buffer.from(`${'nurse in intensive care\n'.repeat(4_000_000)}护士\n`)
    expect((await inspect('a.txt.gz', gzipSync(late))).layout.charset).toBe('utf-8')
  })

  it('names the line where the encoding cannot be told, however far it is', async () => {
    const text = Buffer.concat([
      Buffer.from('nurse\r\n'.repeat(300_000)),
      Buffer.from('M\xfcller\r\n'.repeat(200_000), 'latin1'),
    ])
    await expect(inspect('a.txt', text)).rejects.toThrow(/cannot be told: line 300001 is not UTF-8/)
  })

  it('needs no first line of plain lines', async () => {
    expect(await inspect('a.txt', `${'x'.repeat(10_000_000)}\nb\n`)).toMatchObject({
      names: ['text'],
      records: [],
    })
  })

  it('tells half a character at its end from one in another encoding', async () => {
    for (const before of ['', 'a', 'ab']) {
      expect((await inspect('a.txt', before + '护'.repeat(400_000))).layout.charset).toBe('utf-8')
    }
  })

  it('finds words of the West wherever they lie in a line', async () => {
    for (const line of ['\xfcber', 'Br\xfche', 'caf\xe9', '\xc9A \x93x\x94']) {
      await expect(inspect('a.txt', Buffer.from(`a\nb\n${line}`, 'latin1'))).rejects.toThrow(
        /line 3 is not UTF-8/,
      )
    }
    expect((await inspect('a.txt', Buffer.from('a\nb\n\x93 \x94', 'latin1'))).layout.charset).toBe('utf-8')
  })

  it('names the encoding that a text without a mark seems to have', async () => {
    const big = Buffer.from('id,text\n1,a\n', 'utf16le').swap16()
    await expect(inspect('a.csv', big)).rejects.toThrow(/\("utf-16be"\)/)
    await expect(inspect('a.csv', Buffer.from('0000feff00000041', 'hex'))).rejects.toThrow(/UTF-32/)
    const japanese = Buffer.from('text\n\u001b$B%Q%s\u001b(B\n')
    await expect(inspect('a.csv', japanese)).rejects.toThrow(/ISO-2022; expected UTF-8/)
    const coloured = Buffer.from('text\n\u001b[31m$B\u001b[0m\n')
    expect((await inspect('a.csv', coloured)).layout.charset).toBe('utf-8')
  })

  it('finds null characters in what another encoding makes of the bytes', async () => {
    await expect(inspect('a.txt', Buffer.from('fffe61000000', 'hex'))).rejects.toThrow(
      /null character at offset 4/,
    )
  })

  it('takes Chinese of a few characters where all are common', async () => {
    expect((await inspect('a.txt', Buffer.from('bba4cabf', 'hex'))).layout.charset).toBe('gb18030')
    await expect(inspect('a.txt', Buffer.from('bba48140', 'hex'))).rejects.toThrow(/charset/)
    await expect(inspect('a.txt', Buffer.from('a1a3', 'hex'))).rejects.toThrow(/charset/)
  })

  it('finds no delimiter where the first rows of a table of one column go on beyond what is looked at', async () => {
    const text = `text\n${'"'.repeat(2)}${'x'.repeat(400_000)}\nb\n`
    expect((await inspect('a.tsv', text)).layout).toMatchObject({ delimiter: '\t', columns: ['text'] })
    expect((await inspect('a.csv', `a;${'b'.repeat(300_000)}\n1;2\n`)).layout.delimiter).toBe(';')
  })
})
