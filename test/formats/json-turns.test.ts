import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { parseExactJson, stringifyExactJson } from '../../src/formats/exact-json.ts'
import { parseInTurns, type TurnLimits } from '../../src/formats/json-turns.ts'

const LIMITS: TurnLimits = { small: 0, piece: 8, number: 30, depth: 20, containers: 1000, fields: 100 }
const inTurns = (text: string, limits: Partial<TurnLimits> = {}) =>
  parseInTurns(text, JSON.parse, { ...LIMITS, ...limits })

const json = fc.jsonValue({ maxDepth: 6 })
const pieces = fc.integer({ min: 1, max: 60 })

describe('JSON that is read in pieces', () => {
  test('is the value that JSON.parse reads, with or without white space', async () => {
    const written = fc.tuple(json, fc.constantFrom(0, 1, '\t'), pieces)
    await fc.assert(
      fc.asyncProperty(written, async ([value, space, piece]) => {
        const text = JSON.stringify(value, null, space)
        const wide = { piece, number: 100, depth: 100, containers: 1e6, fields: 1e6 }
        expect(await inTurns(text, wide)).toEqual(JSON.parse(text))
      }),
      { numRuns: 500 },
    )
  })

  test('is refused exactly when JSON.parse refuses it', async () => {
    const characters = fc.constantFrom(...'[]{},:"\\1-e. tx\n', 'true', '"a":', '""', '[]', '{}')
    const garbage = fc.array(characters, { maxLength: 30 }).map((parts) => parts.join(''))
    const broken = fc.tuple(json, fc.nat(), characters).map(([value, at, other]) => {
      const text = JSON.stringify(value)
      const place = at % (text.length + 1)
      return text.slice(0, place) + other + text.slice(place + 1)
    })
    const outcome = async (read: () => unknown) => {
      try {
        return { value: await read() }
      } catch (error) {
        return (error as Error).name
      }
    }
    const wide = { number: 1000, depth: 100, containers: 1e6, fields: 1e6 }
    await fc.assert(
      fc.asyncProperty(fc.oneof(garbage, broken), pieces, async (text, piece) => {
        expect(await outcome(() => inTurns(text, { ...wide, piece }))).toEqual(
          await outcome(() => JSON.parse(text)),
        )
      }),
      { numRuns: 3000 },
    )
  })

  test('texts of quotes, backslashes and escapes are whole, wherever they are cut', async () => {
    const escaped = (text: string) =>
      text.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    const written = fc.oneof(
      fc.string().map((text) => JSON.stringify(text)),
      fc
        .string({ unit: fc.constantFrom('"', '\\', '\n', '护', '😀', 'u') })
        .map((text) => JSON.stringify(text)),
      fc.string({ unit: 'binary' }).map((text) => `"${escaped(text)}"`),
    )
    const body = fc.tuple(written, written, pieces, fc.boolean())
    await fc.assert(
      fc.asyncProperty(body, async ([key, text, piece, alone]) => {
        const whole = alone ? ` ${text} ` : `{${key}:${text}}`
        expect(await inTurns(whole, { piece })).toEqual(JSON.parse(whole))
      }),
      { numRuns: 2000 },
    )
  })

  test('a text of 200,000 escapes is parsed in pieces, each once', async () => {
    const whole = `{"input":"${'\\n"\\"\\\\'.replaceAll('"\\"', '\\"').repeat(70_000)}"}`
    const expected = JSON.parse(whole)
    const parse = vi.spyOn(JSON, 'parse')
    try {
      expect(await parseInTurns(whole)).toEqual(expected)
      const lengths = parse.mock.calls.map(([piece]) => piece.length)
      expect(Math.max(...lengths)).toBeLessThanOrEqual(32_770)
      expect(lengths.reduce((sum, length) => sum + length)).toBeLessThan(whole.length * 1.01)
    } finally {
      parse.mockRestore()
    }
  })

  test.each(['"12345678"', ' "12345678" ', '123456789', '  null     '])(
    '%s alone is a text, too',
    async (text) => {
      expect(await inTurns(text)).toBe(JSON.parse(text))
    },
  )

  test.each([
    '"12345678',
    '"12345678" 1',
    '"12345678\\"',
    '         ',
    '12345678 9',
    '"\\u12"3456789"',
    '[1,2,3,4,5,]',
    '[1,2,3,,4,5,6]',
    '[,1,2,3,4,5]',
    '{"a":1,"b":2,}',
    '{"a":"123456789",}',
    '["123456789" 1]',
    '["123456789"}',
    '[12345678901234567890',
    '[[[[[[[[[[',
    '[1,2,3,4,5,6] 7',
    '{1234567890:1}',
    '{"1234567890" 1}',
    '["12345678',
    '[tru, 1, 2, 3, 4]',
    '["\\x12345678"]',
    '{"1":23456,abcdefghijkl:1}',
    '{"1":23456,[1,2,3,4,5,6,7]}',
  ])('%s is refused', async (text) => {
    expect(() => JSON.parse(text)).toThrow(SyntaxError)
    await expect(inTurns(text)).rejects.toThrow(SyntaxError)
  })

  test('an error counts characters from the beginning of the whole text', async () => {
    await expect(inTurns('[111111, 222222, 33x333, 4444]')).rejects.toThrow('position 19')
  })

  test('keeps every key, the last of equal ones, and numbers that no double holds', async () => {
    const text =
      '{"__proto__":{"a":1},"b":"12345678","b":[1,2,3,4,5],"constructor":1,"c":12345678901234567890}'
    const value = await parseInTurns(text, parseExactJson, LIMITS)
    expect(Object.keys(value as object)).toEqual(['__proto__', 'b', 'constructor', 'c'])
    expect(stringifyExactJson(value)).toBe(
      '{"__proto__":{"a":1},"b":[1,2,3,4,5],"constructor":1,"c":12345678901234567890}',
    )
  })

  test('an error that is none of JSON passes through', async () => {
    const fail = () => {
      throw new RangeError('other')
    }
    await expect(parseInTurns('[1,2,3,4,5,6,7]', fail, LIMITS)).rejects.toThrow(RangeError)
  })

  test.each<[string, string, Partial<TurnLimits>, string]>([
    ['too deep, in one piece', '[1,[[[1]]]]', { depth: 3, piece: 10 }, 'invalid_request'],
    ['too deep, over pieces', '[[[["123456789"]]]]', { depth: 3, piece: 4 }, 'invalid_request'],
    ['too deep, behind a long key', '{"123456789":[1]}', { depth: 1, piece: 4 }, 'invalid_request'],
    ['of too many lists and objects', '[[],{},[],{},[]]', { containers: 5 }, 'payload_too_large'],
    ['with a long number', '{"a":1234567890}', { number: 9 }, 'invalid_request'],
    ['of too many fields', '{"a":1,"b":2,"c":3}', { fields: 2 }, 'payload_too_large'],
  ])('a large text %s is refused, and one less is not', async (_, text, limits, code) => {
    await expect(inTurns(text, limits)).rejects.toMatchObject({ code })
    const more = Object.fromEntries(Object.entries(limits).map(([name, most]) => [name, most! + 1]))
    expect(await inTurns(text, more)).toEqual(JSON.parse(text))
  })

  test('a text of ordinary size is parsed in one go', async () => {
    const texts: string[] = []
    const parse = (text: string) => texts.push(text)
    await parseInTurns(`[${'1,'.repeat(30_000)}1]`, parse)
    expect(texts).toHaveLength(1)
  })

  test('a large one is parsed in pieces of at most 32,768 characters, each once', async () => {
    let characters = 0
    const parse = (text: string): unknown => {
      expect(text.length).toBeLessThanOrEqual(32_770)
      characters += text.length
      return JSON.parse(text)
    }
    const text = `{"input":[${'[1,2],'.repeat(100_000)}[]]}`
    expect(await parseInTurns(text, parse)).toEqual(JSON.parse(text))
    expect(characters).toBeLessThan(text.length * 1.01)
  })
})
