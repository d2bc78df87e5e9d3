import { describe, expect, it } from 'vitest'
import { buildFlatUnigram } from '../../../src/tokenizer/unigram/build.ts'
import { readFlatUnigram } from '../../../src/tokenizer/unigram/file.ts'
import { jsonOf, unigramFile } from './files.ts'

const VOCABULARY: [string, number][] = [
  ['▁', -2],
  ['a', -3],
  ['b', -3],
  ['ab', -4.5],
  ['▁a', -4],
  ['😀', -5],
  ['▁ab', -8],
]

describe('what has no flat form', () => {
  const refusal = (file: unknown) => {
    const built = buildFlatUnigram(jsonOf(file).json)
    return 'refused' in built ? built.refused : 'built'
  }

  it('is left to the library, with the reason', () => {
    expect(refusal({ model: { type: 'WordPiece', vocab: {} } })).toContain('WordPiece')
    expect(refusal({ model: { vocab: [] } })).toContain('unnamed')
    expect(refusal({ model: { type: 'Unigram', vocab: {} } })).toContain('no list')
    expect(refusal(unigramFile([], { model: { unk_id: null } }))).toContain('no unknown piece')
    expect(refusal(unigramFile([], { model: { unk_id: 9 } }))).toContain('no unknown piece')
    expect(refusal(unigramFile([], { model: { vocab: ['a'] } }))).toContain('no pair')
    expect(refusal(unigramFile([], { model: { vocab: [['a', null]] } }))).toContain('no text with a score')
    expect(refusal(unigramFile([['', -1]]))).toContain('empty')
    expect(refusal(unigramFile([['\ud83d', -1]]))).toContain('half a character')
    expect(refusal(unigramFile(VOCABULARY, { added: [{ id: 1, content: 'ab' }] }))).toContain('another id')
  })
})

describe('the flat file', () => {
  const { json, sha256 } = jsonOf(unigramFile(VOCABULARY))
  const built = buildFlatUnigram(json)
  const bytes = 'refused' in built ? new Uint8Array() : built.bytes

  it('gives the same bytes for the same file', () => {
    const { json } = jsonOf(unigramFile(VOCABULARY))
    expect(buildFlatUnigram(json)).toEqual(buildFlatUnigram(json))
  })

  it('is read from any place in memory', () => {
    const shifted = new Uint8Array(bytes.length + 3).subarray(3)
    shifted.set(bytes)
    expect(readFlatUnigram(shifted, sha256)).toEqual(readFlatUnigram(bytes, sha256))
  })

  it('is refused when it is another format, cut, or made from another tokenizer.json', () => {
    expect(() => readFlatUnigram(new Uint8Array(10), sha256)).toThrow('expected the format unigram-1')
    expect(() => readFlatUnigram(new Uint8Array(100), sha256)).toThrow('expected the format unigram-1')
    expect(() => readFlatUnigram(bytes.subarray(0, bytes.length - 1), sha256)).toThrow(
      `expected ${bytes.length} bytes`,
    )
    expect(() => readFlatUnigram(bytes, '0'.repeat(64))).toThrow(`from ${sha256}`)
  })
})
