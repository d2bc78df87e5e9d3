import { expect, test } from 'vitest'
import { createContext } from '../../src/context.ts'
import { hashFile, type LearningFile, readLabels, readPairs } from '../../src/learning/read-files.ts'
import { readGuard } from '../../src/learning/read-guard.ts'

const context = createContext()

function fileOf(name: string, content: string | Uint8Array): LearningFile {
  const bytes = Buffer.from(content as string)
  const read = async function* (start: number, end: number) {
    yield bytes.subarray(start, end)
  }
  return { name, source: { bytes: bytes.length, read } }
}

test('pairs are read from JSON lines and from a table, by names in any case', async () => {
  const lines = fileOf(
    'pairs.jsonl',
    '{"query":"a","positive":"b","negatives":["c"]}\n{"query":"d","positiveId":"7"}\n',
  )
  const table = fileOf('pairs.csv', 'Query,PositiveID,weight\na,7,2\nb,8,\n')
  const [one, other] = [await readPairs(lines, context), await readPairs(table, context)]
  expect(one.rows.map(({ query }) => query)).toEqual(['a', 'd'])
  expect(other.rows.map(({ weight, positive }) => [weight, positive])).toEqual([
    [2, { id: '7' }],
    [1, { id: '8' }],
  ])
  expect(other.placeOf(1)).toBe('pairs.csv:3')
})

test('a table of a Chinese Excel is read in its encoding', async () => {
  // 护士,护理人员 and 厨师,厨房 in GB 18030, as Excel saves a CSV in China.
  const rows = 'query,positive\n'
  const chinese = Buffer.from('bba4cabf2cbba4c0edc8cbd4b10ab3f8caa62cb3f8b7bf0a', 'hex')
  const file = fileOf('pairs.csv', Buffer.concat([Buffer.from(rows), chinese]))
  const { rows: pairs } = await readPairs({ ...file, hints: { charset: 'gb18030' } }, context)
  expect(pairs.map(({ query }) => query)).toEqual(['护士', '厨师'])
})

test('every wrong row is named with its field, and not what it says', async () => {
  const file = fileOf('pairs.csv', 'query,positive\na,b\n,secret\nc,\n')
  const error = await readPairs(file, context).catch((cause) => cause)
  expect(error.message.split('\n')).toEqual([
    'pairs.csv:3: query is missing or blank; expected the text that is searched with.',
    'pairs.csv:4: positive and positiveId: expected exactly one of the two, the text that answers or the id of a label.',
  ])
})

test('what is wrong with many rows in one way is said once, with their number', async () => {
  const many = fileOf('pairs.csv', `query,positive\n${',b\n'.repeat(25)}`)
  const error = await readPairs(many, context).catch((cause) => cause)
  expect(error.message).toBe(
    'pairs.csv:2: query is missing or blank; expected the text that is searched with. (in 24 more, up to line 26)',
  )
  expect(error.details.wrong).toBe(25)
})

test('of many problems twenty are named and the others counted', async () => {
  const rows = Array.from({ length: 25 }, (_, row) => `a,b,-${row + 1}\n`)
  const error = await readPairs(fileOf('p.csv', `query,positive,weight\n${rows.join('')}`), context).catch(
    (cause) => cause,
  )
  const lines = error.message.split('\n')
  expect(lines).toHaveLength(21)
  expect(lines[19]).toContain('p.csv:21: weight is "-20"')
  expect(lines[20]).toBe('… and 5 more')
})

test.each([
  [
    'query,positive_id',
    'it has no column positive or positiveId; it has "positive_id" (did you mean positiveId?)',
  ],
  ['查询,正例', 'it has "查询" (did you mean query?), "正例" (did you mean positive?)'],
  ['Qurey,positive', 'it has no column query; it has "Qurey" (did you mean "query"'],
  ['query,positive,label', 'it has "label"'],
])('a header %s is said once, with what was meant', async (header, said) => {
  const error = await readPairs(fileOf('pairs.csv', `${header}\n${'a,b\n'.repeat(300)}`), context).catch(
    (cause) => cause,
  )
  expect(error.message).toContain(said)
  expect(error.message).toContain('pairs.csv: the header is not that of such a file')
  expect(error.message.split('\n')).toHaveLength(1)
})

test('a wrong field of JSON lines is said once, with what was meant', async () => {
  const file = fileOf('pairs.jsonl', '{"query":"a","positive_id":"7"}\n'.repeat(300))
  const error = await readPairs(file, context).catch((cause) => cause)
  expect(error.message).toMatch(
    /^pairs\.jsonl:1: positive_id is not a field of a pair \(did you mean positiveId\?\);.*in 299 more, up to line 300\)$/,
  )
})

test('labels with a header in Chinese are told which columns to rename', async () => {
  const file = fileOf('labels.csv', '编号,名称\n1,护士\n')
  await expect(readLabels(file, context)).rejects.toThrow(
    'it has no column id; it has no column text or label or preferredLabel or title or name; it has "编号" (did you mean id?), "名称" (did you mean text?)',
  )
})

test('a file that is no table of pairs is named', async () => {
  await expect(readPairs(fileOf('pairs.csv', 'query,positive\n'), context)).rejects.toThrow(
    'pairs.csv has no rows',
  )
  await expect(readPairs(fileOf('pairs.pdf', '%PDF-1.7 …'), context)).rejects.toThrow('pairs.pdf: ')
})

test('labels have an id and a text under one of the usual names, each once', async () => {
  const file = fileOf('labels.csv', 'id,preferredLabel,group\n1,nurse,x\n2,chef,y\n')
  expect((await readLabels(file, context)).rows).toEqual([
    { id: '1', text: 'nurse' },
    { id: '2', text: 'chef' },
  ])
  const twice = fileOf('labels.jsonl', '{"id":1,"text":"a"}\n{"id":"1","text":"b"}\n')
  await expect(readLabels(twice, context)).rejects.toThrow('labels.jsonl:2: id is the one of labels.jsonl:1')
  const blank = fileOf('labels.jsonl', '{"id":"1"}\n{"text":"b"}\n')
  await expect(readLabels(blank, context)).rejects.toThrow('labels.jsonl:2: id is missing')
})

test('a guard says by its columns what it is', async () => {
  const pairs = await readGuard(fileOf('real.csv', 'query,positiveId\na,1\n'), context)
  expect(pairs).toMatchObject({ kind: 'pairs', name: 'real.csv', pairs: [{ query: 'a' }] })
  const rows = Array.from({ length: 20 }, (_, row) => `left ${row},right ${row},${row % 6}`)
  const bare = await readGuard(fileOf('sts.csv', `${rows.join('\n')}\n`), context)
  const named = await readGuard(fileOf('sts.csv', `a,b,score\n${rows.join('\n')}\n`), context)
  expect(bare).toEqual(named)
  expect(bare).toMatchObject({ kind: 'rated', rated: { length: 20 } })
})

test('what is no guard is refused with what was expected', async () => {
  await expect(readGuard(fileOf('x.csv', 'a,b,c\n1,2,3\nx,y,z\n'), context)).rejects.toThrow(
    'x.csv:3 is no guard',
  )
  await expect(readGuard(fileOf('x.csv', 'a,b,c\nx,y,1\n'), context)).rejects.toThrow(
    'at least 20 tell something',
  )
})

test('the hash is that of the bytes', async () => {
  const hash = await hashFile(fileOf('a', 'abc'))
  expect(hash).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})
