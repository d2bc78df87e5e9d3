import { type Random, shuffle } from '../random.ts'
import {
  type Gloss,
  readCsco,
  readCscoTitles,
  readGlosses,
  readSynthetic,
  type TitlePair,
} from './chinese-data.ts'
import { planChineseTasks } from './chinese-tasks.ts'
import type { TrainingTask } from './contrastive.ts'
import { isHeldOut, type Occupation, type RatedPair, readEsco, readOnet, readSts } from './data.ts'
import { type Ids, pairTask, textPairs, titlePairs } from './pair-lists.ts'

/** Everything that is trained on. */
export interface TrainingData {
  readonly esco: readonly Occupation[]
  /** Without the held-out occupations. */
  readonly onet: readonly Occupation[]
  readonly english: readonly RatedPair[]
  /** Line n translates line n of `english`. */
  readonly chinese: readonly RatedPair[]
  /** What Chinese words mean. */
  readonly glosses: ReadonlyMap<string, readonly Gloss[]>
  /** China's occupations, with their aliases as titles. */
  readonly csco: readonly Occupation[]
  /** Chinese titles of advertisements with the name of their occupation. */
  readonly cscoTitles: readonly { readonly title: string; readonly name: string }[]
  readonly synthetic: readonly TitlePair[]
}

/** Reads the training data of a folder laid out as its README says. */
export function readTrainingData(folder: string): TrainingData {
  return {
    esco: readEsco(folder),
    onet: readOnet(folder).filter((_, index) => !isHeldOut(index)),
    english: readSts(folder, 'en', 'train'),
    chinese: readSts(folder, 'zh', 'train'),
    glosses: readGlosses(folder),
    csco: readCsco(folder),
    cscoTitles: readCscoTitles(folder, 'train'),
    synthetic: readSynthetic(folder),
  }
}

/** Every text of the data, once, for document frequencies. */
export function textsOf(data: TrainingData): string[] {
  const { esco, onet, english, chinese, csco } = data
  return [
    ...new Set([
      ...[...esco, ...onet, ...csco].flatMap(({ name, titles, texts }) => [name, ...titles, ...texts]),
      ...[...english, ...chinese].flatMap(({ left, right }) => [left, right]),
      ...[...data.glosses].flatMap(([word, glosses]) => [word, ...glosses.map(({ text }) => text)]),
      ...data.cscoTitles.map(({ title }) => title),
      ...data.synthetic.flatMap((pair) => [pair.chinese, pair.english]),
    ]),
  ]
}

/** Each Chinese training sentence with the English one that it translates. */
export function translationsOf({ english, chinese }: TrainingData): Map<string, string> {
  return new Map(
    english.flatMap(({ left, right }, line) => [
      [chinese[line]!.left, left],
      [chinese[line]!.right, right],
    ]),
  )
}

const SCORED_BATCH = 256
const LABEL_BATCH = 512
/** Weight of a squared error of cosines beside a cross-entropy. */
const REGRESSION_WEIGHT = 5
/** O*NET at full weight lifts title similarity and costs vacancy → ESCO; at half weight it costs nothing. */
const ONET_SHARE = 0.5
/** Pairs rated at least so are taken to mean the same. */
const SAME_MEANING = 4

/** What one epoch learns from. `ids` gives the table's rows of a text. */
export function planTasks(data: TrainingData, ids: Ids): TrainingTask[] {
  const { esco, onet, english, chinese } = data
  return [
    amongEscoLabels(esco, ids),
    pairTask('ESCO titles', (random) => titlePairs(esco, random, ids)),
    pairTask('ESCO description', (random) => textPairs(esco, random, ids)),
    pairTask('O*NET titles', (random) => titlePairs(onet, random, ids), { share: ONET_SHARE }),
    pairTask('O*NET tasks', (random) => textPairs(onet, random, ids), { share: ONET_SHARE }),
    pairTask('translations', () =>
      [...translationsOf(data)].map(([left, right]) => ({ left: ids(left), right: ids(right), group: -1 })),
    ),
    pairTask('paraphrases', () =>
      [...english, ...chinese]
        .filter(({ score }) => score >= SAME_MEANING)
        .map(({ left, right }) => ({ left: ids(left), right: ids(right), group: -1 })),
    ),
    scored('similarity', [...english, ...chinese], ids),
    scored('similarity across languages', acrossLanguages(english, chinese), ids),
    ...planChineseTasks(data, ids),
  ]
}

/** Alternative labels look for their preferred one among all 3,039, not only those of the batch. */
function amongEscoLabels(esco: readonly Occupation[], ids: Ids): TrainingTask {
  const texts = esco.flatMap(({ titles }, label) => titles.map((title) => ({ text: ids(title), label })))
  return {
    kind: 'labelled',
    name: 'ESCO label',
    batchSize: LABEL_BATCH,
    labels: esco.map(({ name }) => ids(name)),
    sample: (random) => shuffle([...texts], random),
  }
}

function acrossLanguages(english: readonly RatedPair[], chinese: readonly RatedPair[]): RatedPair[] {
  return english.flatMap(({ left, right, score }, line) => [
    { left, right: chinese[line]!.right, score },
    { left: chinese[line]!.left, right, score },
  ])
}

function scored(name: string, rated: readonly RatedPair[], ids: Ids): TrainingTask {
  const list = rated.map(({ left, right, score }) => ({
    left: ids(left),
    right: ids(right),
    score: score / 5,
  }))
  return {
    kind: 'scored',
    name,
    batchSize: SCORED_BATCH,
    weight: REGRESSION_WEIGHT,
    sample: (random: Random) => shuffle([...list], random),
  }
}
