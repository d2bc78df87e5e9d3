import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { repeatedKey, repeatedRowKey } from '../../src/formats/repeated-key.ts'

async function find(text: string): Promise<string | undefined> {
  const found = await repeatedKey(text, JSON.parse(text))
  expect(repeatedRowKey(text, JSON.parse(text))).toBe(found)
  return found
}

test.each([
  ['{"a":1,"a":2}', 'a'],
  ['{"a" : 1 , "b":2,\n"a"\t:2}', 'a'],
  ['{"a":{"b":1},"c":[{"d":1,"d":null}]}', 'd'],
  ['{"input":"x","\\u0069nput":"y"}', 'input'],
  ['[1,{"a":[],"a":[]}]', 'a'],
  ['{"":1,"":2}', ''],
  ['{"__proto__":1,"__proto__":2}', '__proto__'],
  ['{"a\\\\":"\\"","a\\\\":1}', 'a\\'],
])('%s has a key twice', async (text, key) => {
  expect(await find(text)).toBe(key)
})

test.each([
  '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}',
  '{"a":"b","b":"a"}',
  '{"a":"\\"a\\":1,\\"a\\":2","b":": \\":"}',
  '[["a","a"],"a","a"]',
  '{"a":["a","a",{"b":"a"}],"b":1}',
  '"a"',
  '5',
  '[]',
  '{}',
])('%s has none', async (text) => {
  expect(await find(text)).toBeUndefined()
})

test('a list of more values than are counted in one go is counted to its end', async () => {
  const many = JSON.stringify(Array.from({ length: 10_000 }, (_, index) => ({ index })))
  expect(await find(`{"a":${many},"b":1}`)).toBeUndefined()
  expect(await find(`{"a":${many},"a":1}`)).toBe('a')
})

test('a key is found behind a text of many pieces', async () => {
  const long = JSON.stringify('":'.repeat(100_000))
  expect(await find(`{"a":${long},"b":1,"b":2}`)).toBe('b')
  expect(await find(`{"a":${long},"b":1,"c":2}`)).toBeUndefined()
})

test('texts of many quotes and backslashes are looked through a piece at a time', async () => {
  const long = JSON.stringify('\\"'.repeat(100_000))
  const indexOf = vi.spyOn(String.prototype, 'indexOf')
  try {
    expect(await find(`{"a":${long},${long}:": \\": ","b":1,"b":2}`)).toBe('b')
    const quotes = indexOf.mock.calls.filter(([wanted]) => wanted === '"').length
    expect(quotes).toBeLessThan(400_100)
  } finally {
    indexOf.mockRestore()
  }
  expect(await find(`{"a":${JSON.stringify('x'.repeat(300_000))},"b":": \\": ","b":2}`)).toBe('b')
})

test('what JSON.stringify writes has no key twice, and has one when any of its fields is written again', async () => {
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), async (value) => {
      const text = JSON.stringify(value)
      expect(await find(text)).toBeUndefined()
      const [key] = Object.keys(value)
      const again = `${text.slice(0, -1)},${JSON.stringify(key)}:0}`
      expect(await find(again)).toBe(key)
    }),
  )
})
