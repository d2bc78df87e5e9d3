import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ExactNumber, parseExactJson, stringifyExactJson } from '../../src/formats/exact-json.ts'

const roundTrip = (text: string) => stringifyExactJson(parseExactJson(text))

/** Numbers as people and programs write them, each more than a double holds. */
const EXACT = [
  '12345678901234567890',
  '-9007199254740993',
  '9007199254740993',
  '0.1000000000000000055',
  '12345678901234567890.12',
  '1e400',
  '-1E+999',
  '1e-400',
  '123456789012345678901234567890e-5',
]

describe('exact JSON', () => {
  it.each(EXACT)('gives back %s as it was read, wherever it stands', (number) => {
    for (const text of [
      number,
      `[${number}]`,
      `{"id":${number}}`,
      `{"id":${number},"id2":[1,{"a":${number}},${number}],"text":"${number}"}`,
    ]) {
      expect(roundTrip(text)).toBe(text)
    }
  })

  it('leaves numbers alone that a double holds, however they are written', () => {
    for (const text of [
      '1e3',
      '1.50',
      '0.30000000000000004',
      '10000000000000000000',
      '1e100',
      '5e-324',
      '0e999',
    ]) {
      expect(parseExactJson(`[ ${text} ]`)).toEqual([Number(text)])
    }
    expect(roundTrip('{"price":1.10,"n":1E2,"zero":0.0000000000000000000}')).toBe(
      '{"price":1.1,"n":100,"zero":0}',
    )
    expect(parseExactJson('[100000000000000000000.000000]')).toEqual([1e20])
  })

  it('gives back whole numbers digit for digit that a double would write with an exponent', () => {
    for (const text of [
      '1000000000000000000000',
      '-100000000000000000000000',
      '[12e22,100000000000000000000000]',
    ]) {
      expect(roundTrip(text)).toBe(text.replace('12e22', '1.2e+23'))
    }
  })

  it('keeps the minus of a zero, at the top and within', () => {
    expect(roundTrip('-0')).toBe('-0.0')
    expect(roundTrip('{"a":-0.0,"b":[0,-0,{"c":-0e5}]}')).toBe('{"a":-0.0,"b":[0,-0.0,{"c":-0.0}]}')
  })

  it('writes digits as text to plain JSON.stringify, and such a text is one for any writer', () => {
    const plain = JSON.stringify({ id: parseExactJson('9007199254740993') })
    expect(plain).toBe('{"id":"9007199254740993"}')
    expect(stringifyExactJson({ message: plain, id: '9007199254740993' })).toBe(
      JSON.stringify({ message: plain, id: '9007199254740993' }),
    )
  })

  it('is JSON.parse for everything without such numbers, texts that look like them among it', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseExactJson(text)).toEqual(JSON.parse(text))
      }),
    )
    const text = '{"phone":"1380013800013800138000","quoted":"\\"12345678901234567890\\\\","x":1e5}'
    expect(parseExactJson(text)).toEqual(JSON.parse(text))
  })

  it('keeps every digit of any number at any place', () => {
    const digits = (least: number) =>
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: least, maxLength: 30 }).map((all) => all.join(''))
    const number = fc
      .tuple(
        fc.boolean(),
        fc.bigInt({ min: 1n, max: 10n ** 40n }),
        fc.option(digits(1)),
        fc.option(fc.integer({ min: -500, max: 500 })),
      )
      .map(
        ([minus, whole, decimals, power]) =>
          `${minus ? '-' : ''}${whole}${decimals === null ? '' : `.${decimals}`}${power === null ? '' : `e${power}`}`,
      )
    fc.assert(
      fc.property(number, fc.string(), (text, beside) => {
        const [value, kept] = parseExactJson(`[${text},${JSON.stringify(beside)}]`) as unknown[]
        expect(kept).toBe(beside)
        if (typeof value === 'number') expect(sameNumber(text, String(value))).toBe(true)
        else expect(String(value)).toBe(text)
      }),
    )
  })

  it('keeps keys that are names of prototypes, and the last of two that are alike', () => {
    const text = '{"__proto__":12345678901234567890,"constructor":{"__proto__":9007199254740993}}'
    expect(roundTrip(text)).toBe(text)
    expect(Object.getPrototypeOf(parseExactJson(text))).toBe(Object.prototype)
    expect(roundTrip('{"a":1,"a":12345678901234567890}')).toBe('{"a":12345678901234567890}')
  })

  it('refuses the texts that JSON.parse refuses', () => {
    for (const text of [
      '',
      '{',
      '{12345678901234567890:1}',
      '012345678901234567890',
      '[1e400,]',
      '1234567890123456 7',
    ]) {
      expect(() => parseExactJson(text)).toThrow(SyntaxError)
    }
  })

  it('takes lists of any depth', () => {
    const text = `${'['.repeat(50_000)}12345678901234567890${']'.repeat(50_000)}`
    expect(parseExactJson(text)).toBeInstanceOf(Array)
  })

  it('writes bigints as numbers, bytes as base64 and what is no number as null', () => {
    const value = {
      a: 18446744073709551615n,
      b: Buffer.from([0, 255]),
      c: Uint8Array.of(1),
      d: Number.NaN,
      e: null,
    }
    expect(stringifyExactJson(value)).toBe(
      '{"a":18446744073709551615,"b":"AP8=","c":"AQ==","d":null,"e":null}',
    )
  })

  it('has numbers that can be compared, and are no objects with fields', () => {
    const number = new ExactNumber('12345678901234567890')
    expect(Number(number) > 12345678901234500000).toBe(true)
    expect(Object.keys(number)).toEqual([])
  })
})

/** Compares decimals as fractions of whole numbers. */
function sameNumber(one: string, other: string): boolean {
  const [a, b] = [fractionOf(one), fractionOf(other)]
  return a.numerator * b.denominator === b.numerator * a.denominator
}

function fractionOf(text: string): { numerator: bigint; denominator: bigint } {
  const [mantissa, power = '0'] = text.split('e')
  const [whole, decimals = ''] = mantissa!.split('.')
  const exponent = Number(power) - decimals.length
  const scale = 10n ** BigInt(Math.abs(exponent))
  const digits = BigInt(whole! + decimals)
  return exponent < 0
    ? { numerator: digits, denominator: scale }
    : { numerator: digits * scale, denominator: 1n }
}
