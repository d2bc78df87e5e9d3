import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeOnnx } from '../../src/formats/onnx.ts'
import { embedBags } from '../../src/learning/bags.ts'
import { openProducts, type Products } from '../../src/learning/products.ts'
import { expandTable, quantizeTable, staticModel } from '../../src/learning/static-model.ts'
import { loadTokenizer } from '../../src/tokenizer/tokenizer.ts'
import type { Matrix } from '../../src/vector/matrix.ts'
import { QUALITY, readMeasured } from '../evaluate/quality.ts'
import { formatScores } from '../evaluate/score-table.ts'
import { allScores, developmentScores } from '../evaluate/scores.ts'
import type { Embed } from '../evaluate/tasks.ts'
import { principalAxes } from './axes.ts'
import { writeCard, writeChineseCard, writeNotice } from './card.ts'
import { MODEL_ID, updateCatalog } from './catalog-entry.ts'
import { readTraditional } from './chinese-data.ts'
import { chooseWords, mapCharacters } from './chinese-words.ts'
import { type EpochReport, trainContrastive } from './contrastive.ts'
import { type Corpora, readCorpora } from './corpora.ts'
import type { RatedPair } from './data.ts'
import { rateAxes } from './rated-axes.ts'
import { type PieceRows, shareCharacters } from './shared-rows.ts'
import { carryCharacters, countDocuments, startTable } from './start.ts'
import { foldTable, turnTable } from './static-model.ts'
import { planTasks } from './tasks.ts'
import { planTaughtTasks, STAGES } from './taught-tasks.ts'
import { openTeacher } from './teacher.ts'
import { type Targets, teachTargets } from './teacher-space.ts'
import { readTrainingData, type TrainingData, textsOf, translationsOf } from './training-data.ts'
import {
  addChineseWords,
  mergeVocabularies,
  SPECIAL_TOKENS,
  type Vocabulary,
  writeTokenizer,
} from './vocabulary.ts'

/** Where to read and write, and how to train. */
interface StaticTraining {
  readonly data: string
  /** The folder of the teachers. */
  readonly models: string
  /** Where the teachers' vectors are kept for the next time. */
  readonly cache: string
  readonly out: string
  /** The catalog whose entry is made anew. */
  readonly catalog: string
  readonly dimensions: number
  readonly seed: number
}

const ENGLISH_TEACHERS = ['bge-small-en-v1.5', 'all-MiniLM-L6-v2']
const CHINESE_TEACHER = 'bge-small-zh-v1.5'
const CHINESE_WORDS = 10_000

/** Trains, scores and writes the bundled model: graph, tokenizer, card and catalog entry. */
export async function trainStatic(options: StaticTraining): Promise<void> {
  const start = performance.now()
  const data = readTrainingData(options.data)
  const vocabulary = makeVocabulary(options.data, data)
  const tokenizer = writeTokenizer(vocabulary)
  const idsOf = await tokenizerOf(tokenizer)
  const products = await openProducts()
  const table = await train({ ...options, products, data, folder: options.data, vocabulary, idsOf })
  await products.close()
  const trainingSeconds = (performance.now() - start) / 1000
  const quantized = quantizeTable(table)
  const float32 = await allScores(embedWith(table, idsOf), options.data)
  const int8 = await allScores(embedWith(expandTable(quantized), idsOf), options.data)
  console.log(formatScores({ float32, int8 }))

  const graph = encodeOnnx(staticModel(quantized, MODEL_ID))
  mkdirSync(options.out, { recursive: true })
  writeFileSync(join(options.out, 'model.onnx'), graph)
  writeFileSync(join(options.out, 'tokenizer.json'), tokenizer)
  const manifest = await updateCatalog(options, idsOf, expandTable(quantized))
  const { bytes, sha256 } = manifest.files[0]!
  const pieces = vocabulary.pieces.length
  const facts = { ...options, pieces, float32, int8, bytes, sha256, quality: readMeasured(QUALITY) }
  writeFileSync(join(options.out, 'README.md'), writeCard(facts))
  writeFileSync(join(options.out, 'README.zh-CN.md'), writeChineseCard(facts))
  writeFileSync(join(options.out, 'NOTICE'), writeNotice())
  console.log(
    `${options.out}/model.onnx: ${bytes} bytes, SHA-256 ${sha256}, trained in ${trainingSeconds.toFixed(0)} s\nIts scores are no chances yet: npm run calibrate`,
  )
}

function makeVocabulary(folder: string, data: TrainingData): Vocabulary {
  const base = mergeVocabularies(readJson(folder, 'bert'), readJson(folder, 'bert-chinese'))
  const traditional = readTraditional(folder)
  const characters = mapCharacters(traditional, data.glosses.keys())
  return addChineseWords(base, chooseWords(data, CHINESE_WORDS), traditional, characters)
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

interface Parts extends StaticTraining {
  readonly folder: string
  readonly products: Products
  readonly vocabulary: Vocabulary
  readonly idsOf: (text: string) => Int32Array
}

async function train(parts: Omit<Parts, 'data'> & { readonly data: TrainingData }): Promise<Matrix> {
  const { data, folder, vocabulary, idsOf, products, seed } = parts
  const corpora = readCorpora(folder, data)
  const shared = shareCharacters(vocabulary)
  const { targets, characters } = await askTeachers(parts, corpora, vocabulary.pieces, data)
  const { frequencies, documents } = countDocuments(textsOf(data).map(idsOf), vocabulary.pieces.length)
  const start = { vocabulary, shared, frequencies, documents, targets, characters, idsOf, seed }
  const table = startTable({ ...start, dimensions: parts.dimensions, glosses: data.glosses })
  const folded = () => foldTable(table, shared, SPECIAL_TOKENS.length)
  const show = reporter(folder, folded, idsOf)
  await show()
  const rows = rowsOf(shared, idsOf)
  for (const { distillation, weights, ...schedule } of STAGES) {
    const taught = planTaughtTasks({ data, corpora, targets, weights, rows })
    const tasks = distillation ? taught : [...planTasks(data, rows), ...taught]
    await trainContrastive(table, tasks, { ...schedule, seed }, show)
  }
  return turned(folded(), corpora, data, idsOf, products)
}

async function askTeachers(
  { models, cache, products, dimensions }: Pick<Parts, 'models' | 'cache' | 'products' | 'dimensions'>,
  corpora: Corpora,
  pieces: readonly string[],
  data: TrainingData,
): Promise<{ targets: Targets; characters: Map<string, Float32Array> }> {
  const english = ENGLISH_TEACHERS.map((id) => openTeacher(id, models, cache))
  const targets = await teachTargets(english, corpora, dimensions, products)
  const chinese = openTeacher(CHINESE_TEACHER, models, cache)
  const characters = await carryCharacters(chinese, pieces, translationsOf(data), targets, products)
  for (const teacher of [...english, chinese]) await teacher.close()
  return { targets, characters }
}

/** Prints the losses of an epoch, and how well the model does so far. */
function reporter(folder: string, folded: () => Matrix, idsOf: (text: string) => Int32Array) {
  let last = performance.now()
  return async (report?: EpochReport) => {
    const seconds = ((performance.now() - last) / 1000).toFixed(1)
    const scores = await developmentScores(embedWith(folded(), idsOf), folder)
    const shown = [...Object.entries(report?.losses ?? {}), ...Object.entries(scores)].map(
      ([name, value]) => `${name} ${value.toFixed(3)}`,
    )
    const head = report ? `epoch ${report.epoch}, ${report.batches} batches, ${seconds} s` : 'start'
    console.log(`${head}: ${shown.join(', ')}`)
    last = performance.now()
  }
}

/** Of ESCO's titles, so that sentences in both languages and titles count about alike. */
const TURNED_STEP = 6

/** Columns of the smaller models whose axes are turned to what people rate, each within those of the one before. */
const RATED = [128, 64]

/**
 * The table with its columns in the order of what texts differ by most, the first ones turned to where cosines of rated
 * pairs come nearest to their ratings, so that they are a smaller model.
 */
async function turned(
  table: Matrix,
  corpora: Corpora,
  data: TrainingData,
  idsOf: (text: string) => Int32Array,
  products: Products,
): Promise<Matrix> {
  const texts = [
    ...corpora.sentences,
    ...translationsOf(data).keys(),
    ...corpora.escoTitles.filter((_, index) => index % TURNED_STEP === 0),
    ...data.csco.flatMap(({ name, titles }) => [name, ...titles]),
  ]
  const unitsOf = (list: readonly string[]) => embedBags(table, list.map(idsOf)).units
  let axes = await principalAxes(unitsOf(texts), table.columns, products)
  const pairs = ratedPairs(data)
  const cosines = {
    left: unitsOf(pairs.map(({ left }) => left)),
    right: unitsOf(pairs.map(({ right }) => right)),
    wanted: Float64Array.from(pairs, ({ score }) => score / BEST_RATING),
  }
  for (const [index, count] of RATED.entries()) {
    const from = RATED[index - 1] ?? table.columns
    axes = await rateAxes(axes, { from, count }, cosines, products)
  }
  return turnTable(table, axes, products)
}

const BEST_RATING = 5
/** Of the pairs across languages: half as many as of each language are enough. */
const ACROSS_STEP = 2

/** Rated pairs of training sentences in both languages, and across. */
function ratedPairs({ english, chinese }: TrainingData): RatedPair[] {
  const across = english.flatMap(({ left, score }, line) =>
    line % ACROSS_STEP === 0 ? [{ left, right: chinese[line]!.right, score }] : [],
  )
  return [...english, ...chinese, ...across]
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
  return async (texts) => embedBags(table, texts.map(idsOf)).units
}
