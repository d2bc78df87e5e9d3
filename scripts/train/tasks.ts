import { type Random, shuffle } from '../../src/learning/random.ts'
import { planChineseTasks } from './chinese-tasks.ts'
import type { TrainingTask } from './contrastive.ts'
import type { Occupation, RatedPair } from './data.ts'
import { type Ids, pairTask, textPairs, titlePairs } from './pair-lists.ts'
import { type TrainingData, translationsOf } from './training-data.ts'

const SCORED_BATCH = 256
const LABEL_BATCH = 512
/** Weight of a squared error of cosines beside a cross-entropy. */
const REGRESSION_WEIGHT = 10
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
