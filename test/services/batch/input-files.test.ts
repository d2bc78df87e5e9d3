import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { runFile } from '../../support/input-files.ts'

const caseOf = (name: string) => readFileSync(`test/fixtures/cases/${name}`)
const runCase = (name: string, settings?: object) => runFile(name, caseOf(name), settings)

describe('a file', () => {
  it.each([
    ['cr.txt', ['one', 'two', 'three'], {}],
    ['cr_only.csv', ['Data engineer', 'Nurse', 'Cook'], { delimiter: ',', textColumn: 'title' }],
    ['array.json', ['Cook', 'Nurse'], { format: 'json', list: true }],
    ['pretty.json', ['a', 'b'], { format: 'json', list: true }],
    ['case_header.csv', ['Cook', 'Nurse'], { textColumn: 'Title', columns: ['Id', 'Title', 'City'] }],
    ['pipe.csv', ['hello', 'world'], { delimiter: '|', columns: ['id', 'text'] }],
    [
      'pandas.tsv',
      ['12" monitor technician', 'Line one\nline two', 'tab\there'],
      { delimiter: '\t', format: 'tsv' },
    ],
    ['nan_row.csv', ['hello there', 'nurse'], {}],
  ])('%s has the texts %j, and says how it was read', async (name, texts, input) => {
    const run = await runCase(name)
    expect(run.texts).toEqual(texts)
    expect(run.success).toMatchObject({ rows: texts.length, errors: 0, input })
  })

  it('keeps columns that are called like parts of every object', async () => {
    const { rows } = await runCase('proto.csv')
    expect(Object.entries(rows[0]!)).toEqual(
      expect.arrayContaining([
        ['__proto__', 'P'],
        ['constructor', 'C'],
        ['toString', 'T'],
      ]),
    )
  })

  it('fails with the columns where none has a usual name, and nothing is embedded', async () => {
    const { failure, texts, outcome } = await runCase('semicolon_comma_header.csv')
    expect(outcome.status).toBe('failed')
    expect(texts).toEqual([])
    expect(failure).toMatch(/its columns are id, "title, short", note; name the one with the text/)
    const { texts: chosen } = await runCase('semicolon_comma_header.csv', { textColumn: 'Title, Short' })
    expect(chosen).toEqual(['Koch', 'Pfleger'])
  })

  it('of Parquet has an error row for bytes that are not UTF-8 in a text column without a text type', async () => {
    const { outcome, texts, errors } = await runCase('binary_text.parquet')
    expect(outcome.status).toBe('succeeded')
    expect(texts).toHaveLength(2)
    expect(texts.join('')).not.toContain('\uFFFD')
    expect(errors).toEqual([expect.stringMatching(/^3: The column text holds bytes that are not UTF-8; /)])
  })

  it('fails with the line where a quote is never closed, or loses that row alone when asked to', async () => {
    const { failure, success } = await runCase('unclosed_quote.csv')
    expect(failure).toMatch(/^The quote that begins a field in line 2 is never closed/)
    expect(success).toBeUndefined()
    const run = await runCase('unclosed_quote.csv', { unclosedQuote: 'row' })
    expect(run.texts).toEqual(['Nurse', 'Cook', 'Smith'])
    expect(run.errors).toEqual([expect.stringMatching(/^2: The row has a quote that is never closed/)])
  })

  it.each<[string, string, string[], object?]>([
    ['sep.csv', 'sep=;\r\nid;text\r\n1;a,b\r\n', ['a,b']],
    ['sep.csv', '"sep=|"\nid|text\n1|a;b\n', ['a;b']],
    ['tabs.csv', 'id\ttext\n1\ta, b\n2\tc\n', ['a, b', 'c']],
    ['comma.tsv', 'id,text\n1,a\n', ['a']],
    ['decimals.csv', 'id;pay,EUR;text\n1;3,50;Koch\n2;4,50;Arzt\n', ['Koch', 'Arzt']],
    ['many.csv', 'id,skills;tags,text\n1,a;b,x\n2,c;d,y\n', ['x', 'y']],
    ['quoted.csv', '\uFEFF"id","text"\r\n"1","a"\r\n', ['a']],
    ['one.csv', 'beruf\nKoch\n\n"a, b"\n', ['Koch', 'a, b']],
    ['crlf.csv', 'id,text\r\n1,"a\r\nb"\r\n2,c', ['a\r\nb', 'c']],
    ['blank.csv', '\n\nid,text\n\n1,a\n \n', ['a']],
    ['chosen.csv', 'id!text\n1!a,b\n', ['a,b'], { delimiter: '!' }],
  ])('%s that begins %j has the texts %j', async (name, body, texts, settings = {}) => {
    const run = await runFile(name, body, settings)
    expect(run.failure).toBeUndefined()
    expect(run.texts).toEqual(texts)
    expect(run.errors).toEqual([])
  })

  it.each([
    [
      'pretty.jsonl',
      '{\n  "text": "a"\n}\n',
      /as jsonl.*\(line 1: The line is no JSON: .*with format "json"\.$/,
    ],
    ['table.jsonl', '\nid,text\n1,a\n', /\(line 2: The line is no JSON: .*"id,text".*\); correct the file/],
  ])('%s of which no row can be read says why, and where', async (name, body, sentence) => {
    const { failure, texts } = await runFile(name, body)
    expect(failure).toMatch(sentence)
    expect(texts).toEqual([])
  })

  it('has numbers of any size as they were written, in JSON lines and in the errors of an OpenAI batch', async () => {
    const { rows } = await runFile('n.jsonl', '{"text":"a","id":100000000000000000000000,"z":-0.0}\n')
    expect(rows[0]).toMatchObject({ z: -0 })
    const request = '"method":"POST","url":"/v1/embeddings","body":{"model":"small","input":"a"}'
    const lines = `{"custom_id":9007199254740993,${request}}\n{"custom_id":"b",${request}}\n`
    const { errors } = await runFile('o.jsonl', lines)
    expect(errors).toEqual([expect.stringContaining('has 9007199254740993 for its custom_id')])
  })

  it('has an error row for each row with more or fewer fields, and for each of blank fields', async () => {
    const table = 'id\ttext\n1\ta\n2\n3\tb\tc\n\t\n \t \n\n4\td\n5\t"e\nf"\tg'
    const { texts, errors, success } = await runFile('rows.tsv', table)
    expect(texts).toEqual(['a', 'd'])
    expect(errors).toEqual([
      expect.stringMatching(/^3: The row has 1 field; expected 2/),
      expect.stringMatching(/^4: The row has 3 fields; expected 2/),
      expect.stringMatching(/^5: The column text is empty or blank/),
      expect.stringMatching(/^6: The column text is empty or blank/),
      expect.stringMatching(/^9: The row has 3 fields over 2 lines; expected 2/),
    ])
    expect(success).toMatchObject({ records: 7, blankLines: 1 })
  })

  it.each([
    ['a.txt', 'one\n\n\u3000\ntwo\n\n', 3, {}],
    ['a.jsonl', '\n{"text":"one"}\n\n{"text":"two"}\n  \n', 3, { shardRows: 1 }],
    ['a.csv', 'text\none\n\ntwo\n\n\n', 3, { shardRows: 1 }],
    ['a.csv', '\n\n \ntext\none\n', 3, {}],
    ['a.jsonl', '\n\n\n{"text":"one"}\n', 3, {}],
    ['a.txt', '\n\n\n', 3, {}],
    ['a.txt.gz', gzipSync('\n'.repeat(200_000)), 200_000, {}],
  ])('%s no. %# counts its blank lines, which are no rows', async (name, body, blankLines, settings) => {
    const { success, errors } = await runFile(name, body, settings)
    expect(errors).toEqual([])
    expect(success).toMatchObject({ blankLines })
  })

  it.each([
    ['a.json', '{"text":"a"}\n{"text":"b"}\n', ['a', 'b'], 'jsonl'],
    ['a.json', '{\n  "text": "a"\n}\n{ "text": "b" }', ['a', 'b'], 'json'],
    ['a.json', '\uFEFF[\n"a" , "b"\r\n]\n', ['a', 'b'], 'json'],
    ['a.json', '[{"text":"a]},\\"{[","x":[{"y":1}]},{"text":"b"}]', ['a]},"{[', 'b'], 'json'],
    ['a.jsonl', '[\n{"text":"a"},\n{"text":"b"}\n]\n', ['a', 'b'], 'json'],
    ['a.json', ' [ ] ', [], 'json'],
    ['a.json', '', [], 'json'],
    ['a.json.gz', gzipSync('[{"text":"a"}]'), ['a'], 'json'],
    ['a.json', '[{"text":"a"},\n {"text":"b"},\n]\n', ['a', 'b'], 'json'],
  ])('%s no. %# is read as JSON', async (name, body, texts, format) => {
    const run = await runFile(name, body, { shardRows: 1 })
    expect(run.failure).toBeUndefined()
    expect(run.texts).toEqual(texts)
    expect(run.success).toMatchObject({ records: texts.length, errors: 0, input: { format } })
  })

  it.each([
    ['a.json', '[{"text":"a"},{"text":"b"}', /ends in the middle of a record or list that reaches to line 1/],
    ['a.json', '[{"text":"a"},\n{"text":"b"', /ends in the middle/],
    [
      'a.json',
      '[{"text":"a"}\n{"text":"b"}]',
      /Line 2 goes on where a comma or the end of the list should be/,
    ],
    ['a.json', '[{"text":"a"}] and more', /Line 1 goes on where .* or behind that end/],
    ['a.json', '[\n {"text":"a"}\n]\n\n[\n {"text":"b"}\n]', /Line 5 goes on .* one list in a file/],
    ['a.json', '[{"text":"a"}, {"text":"b"},\n', /ends in the middle of a record or list/],
    ['a.jsonl', '{"text":"a"},\n{"text":"b"},\n{"text":"c"}', /commas between them, .* no brackets/],
    ['a.json', '{\n"text":"a"\n},\n{\n"text":"b"\n}', /remove those commas, or put \[ before the first/],
    ['a.json', '{"jobs":[{"text":"a"},{"text":"b"}]}', /The column jobs has no text in the first rows/],
    ['a.json', '{\n"jobs": [{"text":"a"}]\n}', /The column jobs has no text in the first rows/],
  ])('%s no. %# is refused: %j', async (name, body, message) => {
    const { failure, success } = await runFile(name, body)
    expect(failure).toMatch(message)
    expect(success).toBeUndefined()
  })
})

describe('what other programs add to a file', () => {
  it('is no row: the line #TYPE of PowerShell, a mark in front of each line of JSON', async () => {
    const table = '\uFEFF#TYPE System.Object\r\n"id";"text"\r\n"1";"a, b"\r\n'
    const types = await runFile('a.csv', table)
    expect(types.texts).toEqual(['a, b'])
    expect(types.rows).toMatchObject([{ id: '1' }])
    expect((await runFile('b.csv', Buffer.from(table, 'utf16le'))).texts).toEqual(['a, b'])
    expect((await runFile('a.jsonl', '\uFEFF{"text":"a"}\n\uFEFF{"text":"b"}\n')).texts).toEqual(['a', 'b'])
  })

  it('is read with the delimiter of Hive where the settings name it', async () => {
    const delimiter = String.fromCharCode(1)
    const { texts } = await runFile('a.csv', ['id', 'text\n1', 'a, b\n'].join(delimiter), { delimiter })
    expect(texts).toEqual(['a, b'])
  })

  it('is no text: NULL as databases write it', async () => {
    const { texts, errors } = await runFile('a.tsv', 'id\ttext\n1\ta\n2\t\\N\n')
    expect(texts).toEqual(['a'])
    expect(errors).toEqual([
      expect.stringMatching(/^3: The column text is \\N, by which databases write NULL/),
    ])
  })
})

describe('the column with the texts', () => {
  it('is told of where its name looks like those of two', async () => {
    const [spaced, plain, list] = await Promise.all([
      runFile('a.csv', 'id title\n1 abc\n2 def\n'),
      runFile('b.csv', 'title\nabc def\n'),
      runFile('c.jsonl', '{"job title":"abc"}\n'),
    ])
    expect(spaced.success).toMatchObject({
      input: { textColumn: 'id title' },
      warnings: [expect.stringMatching(/one column, called "id title"; .*setting delimiter/)],
    })
    expect([plain.success?.warnings, list.success?.warnings]).toEqual([[], []])
  })

  it.each([
    ['编号,职位,城市,简历\n1,护士,上海,三年经验\n', ['三年经验'], {}],
    ['ID, TEXT ,b\n1,a,b\n', ['a'], {}],
    ['id,Ｔｅｘｔ\n1,a\n', ['a'], {}],
    ['title,text\nt,a\n', ['a'], {}],
    ['职位名称,技能\n护士,急救\n', ['护士'], {}],
    ['id,Beruf\n1,a\n', ['a'], { textColumn: ' beruf' }],
    ['Text,text\nb,a\n', ['a'], { textColumn: 'text' }],
    ['text,text\nb,a\n', ['a'], { textColumn: 'text_2' }],
  ])('of %j gives %j', async (body, texts, settings) => {
    expect((await runFile('a.csv', body, settings)).texts).toEqual(texts)
  })

  it.each([
    ['a.csv', 'Text,text\na,b\n', {}, /The file has the columns Text, text, whose names are alike/],
    ['a.csv', 'text,text\na,b\n', {}, /The file has the columns text, text_2, whose names are alike/],
    ['a.csv', 'Beruf,BERUF\na,b\n', { textColumn: 'beruf' }, /columns Beruf, BERUF, whose names are alike/],
    ['a.csv', 'id,name\n1,a\n', {}, /no column with a usual name \(text, 文本, .*its columns are id, name;/],
    ['a.csv', 'id,text\n1,a\n', { textColumn: 'txet' }, /has no column txet; its columns are id, text;/],
    ['a.csv', 'id,text\n', { textColumn: 'constructor' }, /no column constructor/],
    ['a.jsonl', '{"a":"x"}\n', { textColumn: 'txet' }, /has no column txet; its columns are a;/],
    ['a.jsonl', '{"a":"x","b":1}\n', {}, /its columns are a, b;/],
    ['a.txt', 'x\n', { textColumn: 'title' }, /no column title; its columns are text;/],
    [
      'a.csv',
      'id,text\n1,a\n',
      { keepColumns: ['id', 'typo'] },
      /keepColumns names typo, which the file does not have/,
    ],
    ['a.csv', 'id,ID,text\n1,2,a\n', { keepColumns: ['Id'] }, /names Id, which could be id or ID/],
    ['a.csv', 'id,"te\nxt\n1,a\n', {}, /quotes of the header do not fit/],
    [
      'a.csv',
      Buffer.from('id,te\xff\xfext\n1,a\n2,b\n3,c\n', 'latin1'),
      { charset: 'utf-8' },
      /The header has bytes that are no text/,
    ],
  ])('of %s %j with the settings %j cannot be told: %s', async (name, body, settings, message) => {
    const { failure, texts } = await runFile(name, body, settings)
    expect(failure).toMatch(message)
    expect(texts).toEqual([])
  })

  it('is that of most of the first rows; a row without it is an error, whatever else it has', async () => {
    const rows = ['{"title":"t"}', '{"text":"a","title":"u"}', '{"text":"b"}', '{"content":"c"}']
    const { texts, errors, success } = await runFile('a.jsonl', rows.join('\n'))
    expect(texts).toEqual(['a', 'b'])
    expect(errors).toHaveLength(2)
    expect(success).toMatchObject({ input: { textColumn: 'text', rows: 'native' } })
    const few = ['{"title":"t"}', '{"title":"u"}', '{"title":"v"}', '{"text":"odd"}']
    expect((await runFile('a.jsonl', few.join('\n'))).texts).toEqual(['t', 'u', 'v'])
  })

  it('of a file without a row needs none but the one that is named', async () => {
    for (const name of ['a.csv', 'a.tsv', 'a.txt', 'a.jsonl', 'a.json']) {
      expect((await runFile(name, '')).success).toMatchObject({ records: 0 })
    }
    expect((await runFile('a.csv', 'id,text\n')).success).toMatchObject({ records: 0 })
    expect((await runFile('a.csv', 'id,name\n')).failure).toMatch(/its columns are id, name/)
  })

  it('is found in a header of any length', async () => {
    const names = Array.from({ length: 3000 }, (_, index) => `${index} ${'long '.repeat(80)}`)
    const body = `${[...names, 'text'].join(',')}\n${'x,'.repeat(names.length)}a\n`
    expect((await runFile('a.csv', body, { keepColumns: false })).texts).toEqual(['a'])
  })
})
