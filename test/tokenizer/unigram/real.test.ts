import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Subwords } from '../../../src/tokenizer/window/subwords.ts'
import { sharedFolder } from '../../support/shared.ts'
import { randomOf, SCRIPTS, sentencesIn } from '../scripts.ts'
import { idsOf, isReadAlike, loadFlat, loadReference } from './files.ts'

const folder = join(sharedFolder, 'data')
const path = join(folder, 'xlm-r.tokenizer.json.gz')
const present = existsSync(path)

interface RealFile {
  readonly model: { readonly vocab: readonly (readonly [string, number])[] }
}

function readReal(): RealFile {
  return JSON.parse(gunzipSync(readFileSync(path)).toString('utf8'))
}

function linesOf(name: string, count: number): string[] {
  return readFileSync(join(folder, name), 'utf8').split('\n').slice(0, count)
}

const title = `XLM-R's real tokenizer of 250,002 pieces${present ? '' : ` (skipped: no ${path}; set SHARED_DIR)`}`

if (!present) console.warn(title)

describe.skipIf(!present)(title, () => {
  const file = present ? readReal() : { model: { vocab: [] } }
  let loading: Promise<[Subwords, Subwords]> | undefined
  const both = () => {
    loading ??= Promise.all([loadFlat(file), loadReference(file)])
    return loading
  }
  const expectSame = async (texts: readonly string[]) => {
    const [flat, reference] = await both()
    const alike = texts.filter(isReadAlike)
    expect(alike.length).toBeGreaterThan(texts.length / 2)
    for (const text of alike) expect(idsOf(flat, text)).toEqual(idsOf(reference, text))
  }

  it('gives the ids of the library for 6,000 English and Chinese sentences and job descriptions', async () => {
    const texts = [
      ...linesOf('stsb-en-dev.csv', 2000),
      ...linesOf('stsb-zh-dev.csv', 2000),
      ...linesOf('esco_occupations_en.csv', 3500),
    ]
    expect(texts.length).toBeGreaterThan(6000)
    await expectSame(texts)
  })

  it('gives the ids of the library for 5,000 sentences in ten scripts made of its own pieces', async () => {
    const random = randomOf(11)
    for (const script of SCRIPTS) {
      const letters = new Set(script.letters)
      const words = file.model.vocab
        .map(([piece]) => piece.replace('▁', ''))
        .filter((piece) => piece !== '' && [...piece].every((letter) => letters.has(letter)))
      expect(words.length).toBeGreaterThan(50)
      await expectSame(sentencesIn(script, words, 500, random))
    }
  })

  it('gives the ids of the library for odd input', async () => {
    const [flat, reference] = await both()
    const odd = fc.constantFrom(
      '\u0000',
      '\ufeff',
      '\u200d',
      '\ud83d',
      '＜s＞',
      '<mask>',
      '<s>',
      ' <mask> ',
      '～',
      '①',
      '👩‍👩‍👧',
      '▁',
      '\u3000',
      '\u0301',
      'ﷺ',
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc
        .array(fc.oneof(odd, fc.string({ unit: 'grapheme-composite', maxLength: 3 })))
        .map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(text.filter(isReadAlike), (value) => {
        expect(idsOf(flat, value)).toEqual(idsOf(reference, value))
      }),
      { numRuns: 2000 },
    )
  })

  it('finds the id of every piece of a real vocabulary', async () => {
    const [flat, reference] = await both()
    const wrong = file.model.vocab.filter(([piece]) => flat.lookUp(piece) !== reference.lookUp(piece))
    expect(wrong).toEqual([])
  })
})
