import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { transcode } from '../../src/formats/transcode.ts'
import { sourceOf } from '../support/record-readers.ts'

async function utf8Of(bytes: Uint8Array, charset: string, chunkBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  const given = (await sourceOf(bytes, chunkBytes).read(0, bytes.length)) as AsyncIterable<Uint8Array>
  for await (const chunk of transcode(given, charset)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** UTF-16 of a text, its lone surrogates as they are. */
const utf16Of = (text: string, bigEndian: boolean) => {
  const units = Buffer.from(text, 'utf16le')
  return bigEndian ? units.swap16() : units
}

describe('a text in UTF-16', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', '护', '😀', '\uFFFD', '\n', '\u0d0a', '\uD83D', '\uDE00'),
    maxLength: 20,
  })

  it('becomes UTF-8, and half of a pair becomes what is none, however it comes', async () => {
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.boolean(),
        fc.integer({ min: 1, max: 9 }),
        async (any, bigEndian, chunkBytes) => {
          const pieces = any.split(/\p{Surrogate}/u).map((piece) => Buffer.from(piece))
          const expected = pieces.flatMap((piece, index) =>
            index === 0 ? [piece] : [Buffer.of(0xff), piece],
          )
          const charset = bigEndian ? 'utf-16be' : 'utf-16le'
          expect(await utf8Of(utf16Of(any, bigEndian), charset, chunkBytes)).toEqual(Buffer.concat(expected))
        },
      ),
    )
  })

  it('of an odd number of bytes ends with what is no UTF-8', async () => {
    expect(await utf8Of(Buffer.from('61006200', 'hex').subarray(0, 3), 'utf-16le', 2)).toEqual(
      Buffer.of(0x61, 0xff),
    )
  })
})

describe('a text in another encoding', () => {
  it('becomes the same UTF-8 however it comes', async () => {
    const bytes = readFileSync('test/fixtures/encodings/gb18030.jsonl')
    const whole = new TextDecoder('gb18030').decode(bytes)
    for (let chunkBytes = 1; chunkBytes < 12; chunkBytes++) {
      expect((await utf8Of(bytes, 'gb18030', chunkBytes)).toString()).toBe(whole)
    }
  })

  it('has marks where bytes are none of it, in their lines alone', async () => {
    // Written and decoded alike: U+FFFD of the second line is its own.
    const bytes = Buffer.from('a\xb0\r\n\x84\x31\xa4\x37\nc', 'latin1')
    const expected = Buffer.concat([Buffer.from('a'), Buffer.of(0xff), Buffer.from('\r\n\uFFFD\nc')])
    expect(await utf8Of(bytes, 'gb18030', 100)).toEqual(expected)
  })

  it('may be long without a place that is surely none within a character', async () => {
    const bytes = Buffer.from('b0a1'.repeat(700_000), 'hex')
    expect((await utf8Of(bytes, 'gb18030', 65_536)).toString()).toBe('啊'.repeat(700_000))
  })

  it('is read as windows-1252 has it, whatever Node makes of the bytes from 0x80 on', async () => {
    expect((await utf8Of(Buffer.of(0x80, 0x93, 0x81, 0xfc, 0x41), 'windows-1252', 2)).toString()).toBe(
      '€“\u0081üA',
    )
  })
})
