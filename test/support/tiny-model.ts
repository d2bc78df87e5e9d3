import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bertParts } from '../../scripts/train/vocabulary.ts'
import { encodeOnnx } from '../../src/formats/onnx.ts'
import type { Manifest } from '../../src/models/catalog/manifest.ts'
import { manifestOf } from './manifests.ts'

/** A folder of small real models that is made for one test file. */
export interface TinyModels {
  readonly folder: string
  /** `tiny` (alias `little`), `other`, the reranker `judge`, and `absent`, which has a manifest but no files. */
  readonly manifests: readonly Manifest[]
  remove(): void
}

/** The vocabulary of the models, in order of ids. */
export const TINY_WORDS: readonly string[] = [
  '[PAD]',
  '[UNK]',
  ...'data engineer nurse baker pilot cook 数 据 工 程 师'.split(' '),
]
const COLUMNS = 8

/** Writes the models: one vector per word, whose mean is the vector of a text. */
export function writeTinyModels(): TinyModels {
  const folder = mkdtempSync(join(tmpdir(), 'tiny-models-'))
  return {
    folder,
    manifests: [
      writeModel(folder, 'tiny', graphOf(1), { aliases: ['little'] }),
      writeModel(folder, 'other', graphOf(2)),
      writeModel(folder, 'judge', judgeGraph(), { task: 'rerank', dimensions: 1 }),
      manifestOf({ id: 'absent', files: [{ path: 'model.onnx', bytes: 1, sha256: '0'.repeat(64) }] }),
    ],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function writeModel(folder: string, id: string, graph: Uint8Array, fields: Partial<Manifest> = {}): Manifest {
  mkdirSync(join(folder, id))
  const write = (path: string, content: Uint8Array) => {
    writeFileSync(join(folder, id, path), content)
    return { path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }
  }
  const files = [write('model.onnx', graph), write('tokenizer.json', Buffer.from(TINY_TOKENIZER))]
  return manifestOf({ id, files, dimensions: COLUMNS, maxTokens: 64, specialTokens: false, ...fields })
}

/** `input_ids [batch, sequence]` → `last_hidden_state [batch, sequence, columns]`, a look-up in one table. */
function graphOf(seed: number): Uint8Array {
  const data = Float32Array.from({ length: TINY_WORDS.length * COLUMNS }, (_, index) =>
    Math.sin(seed * (index + 1)),
  )
  return encodeOnnx({
    name: 'tiny',
    opset: 17,
    inputs: [{ name: 'input_ids', type: 'int64', shape: ['batch', 'sequence'] }],
    outputs: [{ name: 'last_hidden_state', type: 'float32', shape: ['batch', 'sequence', COLUMNS] }],
    initializers: [{ name: 'table', type: 'float32', shape: [TINY_WORDS.length, COLUMNS], data }],
    nodes: [{ operator: 'Gather', inputs: ['table', 'input_ids'], outputs: ['last_hidden_state'] }],
  })
}

/** `input_ids [batch, sequence]` → `logits [batch, 1]`: the sum of the ids, those of the pad token being 0. */
function judgeGraph(): Uint8Array {
  return encodeOnnx({
    name: 'judge',
    opset: 17,
    inputs: [{ name: 'input_ids', type: 'int64', shape: ['batch', 'sequence'] }],
    outputs: [{ name: 'logits', type: 'float32', shape: ['batch', 1] }],
    initializers: [{ name: 'axes', type: 'int64', shape: [1], data: BigInt64Array.of(1n) }],
    nodes: [
      { operator: 'Cast', inputs: ['input_ids'], outputs: ['values'], attributes: { to: 1 } },
      { operator: 'ReduceSum', inputs: ['values', 'axes'], outputs: ['logits'] },
    ],
  })
}

function tokenizerText(): string {
  const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }
  return JSON.stringify({
    version: '1.0',
    added_tokens: ['[PAD]', '[UNK]'].map((content, id) => ({ id, content, ...special })),
    ...bertParts(TINY_WORDS),
    post_processor: null,
    decoder: null,
  })
}

/** The tokenizer.json of the models. */
export const TINY_TOKENIZER = tokenizerText()
