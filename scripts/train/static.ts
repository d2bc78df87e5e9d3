import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeOnnx } from '../../src/formats/onnx.ts'
import { loadTokenizer } from '../../src/tokenizer/tokenizer.ts'
import type { Matrix } from '../../src/vector/matrix.ts'
import { allScores, developmentScores, formatScores } from '../evaluate/scores.ts'
import type { Embed } from '../evaluate/tasks.ts'
import { createRandom } from '../random.ts'
import { embedBags } from './bags.ts'
import { writeCard } from './card.ts'
import { MODEL_ID, updateCatalog } from './catalog-entry.ts'
import { trainContrastive } from './contrastive.ts'
import { foldTable, initialTable, type QuantizedTable, quantizeTable, staticModel } from './static-model.ts'
import { type PieceRows, shareStems } from './stems.ts'
import { planTasks, readTrainingData, textsOf } from './tasks.ts'
import { mergeVocabularies, SPECIAL_TOKENS, writeTokenizer } from './vocabulary.ts'

/** Where to read and write, and how to train. */
export interface StaticTraining {
  readonly data: string
  readonly out: string
  /** The catalog whose entry is made anew. */
  readonly catalog: string
  readonly dimensions: number
  readonly epochs: number
  readonly seed: number
}

const LEARNING_RATE = 0.0045
const FINAL_LEARNING_RATE = 0.0005
const SCALE = 20

/** Trains, scores and writes `jobs-static`: graph, tokenizer, card and catalog entry. */
export async function trainStatic(options: StaticTraining): Promise<void> {
  const pieces = mergeVocabularies(readJson(options.data, 'bert'), readJson(options.data, 'bert-chinese'))
  const tokenizer = writeTokenizer(pieces)
  const idsOf = await tokenizerOf(tokenizer)
  const start = performance.now()
  const table = await train(options, pieces, idsOf)
  const trainingSeconds = (performance.now() - start) / 1000
  const quantized = quantizeTable(table)
  const float32 = await allScores(embedWith(table, idsOf), options.data)
  const int8 = await allScores(embedWith(expand(quantized), idsOf), options.data)
  console.log(formatScores({ float32, int8 }))

  const graph = encodeOnnx(staticModel(quantized, MODEL_ID))
  mkdirSync(options.out, { recursive: true })
  writeFileSync(join(options.out, 'model.onnx'), graph)
  writeFileSync(join(options.out, 'tokenizer.json'), tokenizer)
  const manifest = await updateCatalog(options, idsOf, expand(quantized))
  const { bytes, sha256 } = manifest.files[0]!
  const facts = { ...options, pieces: pieces.length, trainingSeconds, float32, int8, bytes, sha256 }
  writeFileSync(join(options.out, 'README.md'), writeCard(facts))
  console.log(
    `${options.out}/model.onnx: ${bytes} bytes, SHA-256 ${sha256}, trained in ${trainingSeconds.toFixed(0)} s\nIts scores are no chances yet: npm run calibrate`,
  )
}

function readJson(folder: string, name: string) {
  return JSON.parse(readFileSync(join(folder, `${name}.tokenizer.json`), 'utf8'))
}

/** Ids of the pieces of a text, unknown ones dropped, each text tokenized once. */
async function tokenizerOf(json: string): Promise<(text: string) => Int32Array> {
  const tokenizer = await loadTokenizer(json, { specialTokens: false, dropUnknown: true })
  const known = new Map<string, Int32Array>()
  return (text) => {
    const ids = known.get(text) ?? tokenizer.encode(text, { maxTokens: 8192, truncate: 'end' }).ids
    known.set(text, ids)
    return ids
  }
}

async function train(
  { data: folder, dimensions, epochs, seed }: StaticTraining,
  pieces: readonly string[],
  idsOf: (text: string) => Int32Array,
): Promise<Matrix> {
  const data = readTrainingData(folder)
  const shared = shareStems(pieces)
  const { frequencies, documents } = countDocuments(textsOf(data).map(idsOf), pieces.length)
  const table = initialTable(shared, frequencies, documents, dimensions, createRandom(seed))
  const folded = () => foldTable(table, shared, SPECIAL_TOKENS.length)
  console.log(formatScores({ start: await developmentScores(embedWith(folded(), idsOf), folder) }))
  let last = performance.now()
  await trainContrastive(
    table,
    planTasks(data, rowsOf(shared, idsOf)),
    {
      epochs,
      learningRate: LEARNING_RATE,
      finalLearningRate: FINAL_LEARNING_RATE,
      scale: SCALE,
      dropout: 0,
      seed,
    },
    async ({ epoch, batches, losses }) => {
      const seconds = ((performance.now() - last) / 1000).toFixed(1)
      const scores = await developmentScores(embedWith(folded(), idsOf), folder)
      const shown = [...Object.entries(losses), ...Object.entries(scores)].map(
        ([name, value]) => `${name} ${value.toFixed(3)}`,
      )
      console.log(`epoch ${epoch}/${epochs}, ${batches} batches, ${seconds} s: ${shown.join(', ')}`)
      last = performance.now()
    },
  )
  return folded()
}

function countDocuments(documents: readonly Int32Array[], pieces: number) {
  const frequencies = new Int32Array(pieces)
  for (const ids of documents) for (const id of new Set(ids)) frequencies[id]! += 1
  return { frequencies, documents: documents.length }
}

/** The table's rows of a text while training: those of its pieces and those that they share. */
function rowsOf({ rows }: PieceRows, idsOf: (text: string) => Int32Array): (text: string) => Int32Array {
  const known = new Map<string, Int32Array>()
  return (text) => {
    const found = known.get(text) ?? Int32Array.from(Array.from(idsOf(text), (id) => rows[id]!).flat())
    known.set(text, found)
    return found
  }
}

/** Embeds as the finished model will. */
function embedWith(table: Matrix, idsOf: (text: string) => Int32Array): Embed {
  return async (texts) => {
    const { units } = embedBags(table, texts.map(idsOf), 0, createRandom(0))
    return { data: Float32Array.from(units), rows: texts.length, columns: table.columns }
  }
}

function expand({ codes, scales, rows, columns }: QuantizedTable): Matrix {
  const data = Float32Array.from(codes, (code, index) => code * scales[Math.floor(index / columns)]!)
  return { data, rows, columns }
}
