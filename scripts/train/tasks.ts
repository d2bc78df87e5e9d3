import { type Random, shuffle } from '../random.ts'
import type { ScoredPair, TextPair, TrainingTask } from './contrastive.ts'
import { isHeldOut, type Occupation, type RatedPair, readEsco, readOnet, readSts } from './data.ts'

/** Everything that is trained on. */
export interface TrainingData {
  readonly esco: readonly Occupation[]
  /** Without the held-out occupations. */
  readonly onet: readonly Occupation[]
  readonly english: readonly RatedPair[]
  /** Line n translates line n of `english`. */
  readonly chinese: readonly RatedPair[]
}

/** Reads the training data of a folder laid out as its README says. */
export function readTrainingData(folder: string): TrainingData {
  return {
    esco: readEsco(folder),
    onet: readOnet(folder).filter((_, index) => !isHeldOut(index)),
    english: readSts(folder, 'en', 'train'),
    chinese: readSts(folder, 'zh', 'train'),
  }
}

/** Every text of the data, once or more, for document frequencies. */
export function textsOf({ esco, onet, english, chinese }: TrainingData): string[] {
  return [
    ...[...esco, ...onet].flatMap(({ name, titles, texts }) => [name, ...titles, ...texts]),
    ...[...english, ...chinese].flatMap(({ left, right }) => [left, right]),
  ]
}

const PAIR_BATCH = 256
const SCORED_BATCH = 256
/** Weight of a squared error of cosines beside a cross-entropy. */
const REGRESSION_WEIGHT = 5
/** O*NET at full weight lifts title similarity and costs vacancy → ESCO; at half weight it costs nothing. */
const ONET_SHARE = 0.5
/** Pairs rated at least so are taken to mean the same. */
const SAME_MEANING = 4

type Ids = (text: string) => Int32Array

/** What one epoch learns from. `ids` gives the table's rows of a text. */
export function planTasks(data: TrainingData, ids: Ids): TrainingTask[] {
  const { esco, onet, english, chinese } = data
  const pair = (left: string, right: string, group = -1): TextPair => ({
    left: ids(left),
    right: ids(right),
    group,
  })
  const translations = new Map(
    english.flatMap(({ left, right }, line) => [
      [chinese[line]!.left, left],
      [chinese[line]!.right, right],
    ]),
  )
  return [
    pairs('ESCO label', () =>
      esco.flatMap(({ name, titles }, group) => titles.map((title) => pair(title, name, group))),
    ),
    pairs('ESCO titles', (random) => titlePairs(esco, random, pair)),
    pairs('ESCO description', (random) => textPairs(esco, random, pair)),
    pairs('O*NET titles', (random) => titlePairs(onet, random, pair), ONET_SHARE),
    pairs('O*NET tasks', (random) => textPairs(onet, random, pair), ONET_SHARE),
    pairs('translations', () => [...translations].map(([other, original]) => pair(other, original))),
    pairs('paraphrases', () =>
      [...english, ...chinese]
        .filter(({ score }) => score >= SAME_MEANING)
        .map(({ left, right }) => pair(left, right)),
    ),
    scored('similarity', [...english, ...chinese], ids),
    scored('similarity across languages', acrossLanguages(english, chinese), ids),
  ]
}

type MakePair = (left: string, right: string, group: number) => TextPair

function titlePairs(occupations: readonly Occupation[], random: Random, pair: MakePair): TextPair[] {
  return occupations.flatMap(({ name, titles }, group) => {
    const all = titles.includes(name) ? titles : [name, ...titles]
    return all.length < 2 ? [] : all.map((title) => pair(title, pick(all, random), group))
  })
}

function textPairs(occupations: readonly Occupation[], random: Random, pair: MakePair): TextPair[] {
  return occupations.flatMap(({ name, titles, texts }, group) =>
    texts.map((text) => pair(text, pick([name, ...titles], random), group)),
  )
}

function acrossLanguages(english: readonly RatedPair[], chinese: readonly RatedPair[]): RatedPair[] {
  return english.flatMap(({ left, right, score }, line) => [
    { left, right: chinese[line]!.right, score },
    { left: chinese[line]!.left, right, score },
  ])
}

function pick<T>(items: readonly T[], random: Random): T {
  return items[random.below(items.length)]!
}

function pairs(name: string, list: (random: Random) => TextPair[], share = 1): TrainingTask {
  return {
    kind: 'pairs',
    name,
    batchSize: PAIR_BATCH,
    sample(random) {
      const all = shuffle(list(random), random)
      return all.slice(0, Math.floor(all.length * share))
    },
  }
}

function scored(name: string, rated: readonly RatedPair[], ids: Ids): TrainingTask {
  const list: ScoredPair[] = rated.map(({ left, right, score }) => ({
    left: ids(left),
    right: ids(right),
    score: score / 5,
  }))
  return {
    kind: 'scored',
    name,
    batchSize: SCORED_BATCH,
    weight: REGRESSION_WEIGHT,
    sample: (random) => shuffle([...list], random),
  }
}
