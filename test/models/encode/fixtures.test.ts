import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { InferenceSession } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { loadTokenizer } from '../../../src/tokenizer/tokenizer.ts'
import { buildEncoder } from '../../fixture-models/encoder.ts'
import { FAMILIES } from '../../fixture-models/families.ts'
import { buildFixtures, fixtureOptions } from '../../fixture-models/fixtures.ts'
import { fixtureFolder, fixtureManifests } from '../../support/fixtures.ts'

const rebuilt = buildFixtures()

describe('the fixture models', () => {
  it('are what the script writes, byte for byte, and nothing else', () => {
    expect(fixtureManifests).toEqual(rebuilt.map(({ manifest }) => manifest))
    for (const { manifest } of rebuilt) {
      for (const { path, sha256 } of manifest.files) {
        const bytes = readFileSync(join(fixtureFolder, manifest.id, path))
        expect([manifest.id, path, createHash('sha256').update(bytes).digest('hex')]).toEqual([
          manifest.id,
          path,
          sha256,
        ])
      }
    }
    const files = readdirSync(fixtureFolder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    )
    expect(files).toHaveLength(1 + rebuilt.flatMap(({ manifest }) => manifest.files).length)
    const bytes = files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0)
    expect(bytes).toBeLessThanOrEqual(1.5e6)
  })

  it.each(FAMILIES)('%s keeps to standard operators, and quantizes in the run for int8 alone', (family) => {
    for (const precision of ['float32', 'int8'] as const) {
      const { model } = buildEncoder(fixtureOptions(family, precision))
      const operators = new Set(model.nodes.map((node) => node.operator))
      expect(model.nodes.filter((node) => node.domain)).toEqual([])
      for (const operator of ['DynamicQuantizeLinear', 'MatMulInteger', 'DequantizeLinear']) {
        expect([operator, operators.has(operator)]).toEqual([operator, precision === 'int8'])
      }
    }
  })

  it.each([
    ['bert', ['input_ids', 'attention_mask', 'token_type_ids']],
    ['distilbert', ['input_ids', 'attention_mask']],
    ['mpnet', ['input_ids', 'attention_mask']],
    ['roberta', ['input_ids', 'attention_mask']],
    ['xlm-roberta', ['input_ids', 'attention_mask']],
  ] as const)('%s asks for the inputs of its family', async (family, names) => {
    const session = await InferenceSession.create(join(fixtureFolder, `${family}-int8`, 'model.onnx'))
    expect(session.inputNames).toEqual(names)
    await session.release()
  })

  it.each([
    ['bert', 'Hello 我们, cats!', ['[CLS]', 'hello', '我', '们', ',', 'cat', '##s', '!', '[SEP]'], 0],
    ['distilbert', 'qqq ☃', ['[CLS]', 'q', '##q', '##q', '[UNK]', '[SEP]'], 0],
    ['mpnet', 'Hello 我们, ☃!', ['<s>', 'hello', '我', '们', ',', '[UNK]', '!', '</s>'], 1],
    ['roberta', 'the cat and 我é', ['<s>', 'the', 'Ġc', 'at', 'Ġand', 'Ġ', 'æĪĳ', 'Ã', '©', '</s>'], 1],
    [
      'xlm-roberta',
      'the Cats 你好 ☃',
      ['<s>', '▁the', '▁', 'C', 'a', 't', 's', '▁', '你', '好', '▁', '<unk>', '</s>'],
      1,
    ],
  ] as const)('%s splits “%s” as its family does', async (family, text, pieces, padId) => {
    const json = readFileSync(join(fixtureFolder, `${family}-float32`, 'tokenizer.json'), 'utf8')
    const tokenizer = await loadTokenizer(json, { specialTokens: true, dropUnknown: false })
    const { ids } = tokenizer.encode(text, { maxTokens: 128, truncate: 'end' })
    expect(Array.from(ids, (id) => piecesOf(json)[id])).toEqual(pieces)
    expect(tokenizer.padId).toBe(padId)
  })
})

/** The pieces of a tokenizer.json by id. */
function piecesOf(json: string): string[] {
  const { vocab } = JSON.parse(json).model
  if (Array.isArray(vocab)) return vocab.map(([piece]) => piece)
  const pieces: string[] = []
  for (const [piece, id] of Object.entries<number>(vocab)) pieces[id] = piece
  return pieces
}
