import type { TokenIds } from '../../src/learning/bags.ts'
import { shuffle } from '../../src/learning/random.ts'
import type { TrainingTask } from './contrastive.ts'
import type { Corpora } from './corpora.ts'
import type { Targets } from './teacher-space.ts'
import { type TrainingData, translationsOf } from './training-data.ts'

/** How much what teachers say counts beside a cross-entropy, by kind of text. */
interface TeacherWeights {
  readonly sentences: number
  /** Chinese sentences, taught what their English originals mean. */
  readonly translations: number
  readonly titles: number
  /** Chinese words for occupations, taught what their glosses mean. */
  readonly glosses: number
  /** How many of the titles and words come up in an epoch. */
  readonly titleShare: number
}

/** The two parts of a training: first only the teachers, then everything with the teachers beside it. */
export const STAGES: readonly {
  readonly distillation: boolean
  readonly weights: TeacherWeights
  readonly epochs: number
  readonly learningRate: number
  readonly finalLearningRate: number
  readonly scale: number
}[] = [
  {
    distillation: true,
    weights: { sentences: 1, translations: 1, titles: 1, glosses: 1, titleShare: 1 },
    epochs: 4,
    learningRate: 0.02,
    finalLearningRate: 0.002,
    scale: 20,
  },
  {
    distillation: false,
    weights: { sentences: 5, translations: 6, titles: 2.5, glosses: 1, titleShare: 0.5 },
    epochs: 5,
    learningRate: 0.0045,
    finalLearningRate: 0.0004,
    scale: 20,
  },
]

const BATCH = 256

/** The tasks of following the teachers. `rows` gives the table's rows of a text. */
export function planTaughtTasks({
  data,
  corpora,
  targets,
  weights,
  rows,
}: {
  readonly data: TrainingData
  readonly corpora: Corpora
  readonly targets: Targets
  readonly weights: TeacherWeights
  readonly rows: (text: string) => TokenIds
}): TrainingTask[] {
  const task = (
    name: string,
    pairs: Iterable<readonly [string, string]>,
    weight: number,
    share = 1,
  ): TrainingTask => {
    const list = Array.from(pairs, ([text, meant]) => ({ text: rows(text), target: targets.get(meant)! }))
    return {
      kind: 'taught',
      name,
      batchSize: BATCH,
      weight,
      sample: (random) => shuffle([...list], random).slice(0, Math.floor(list.length * share)),
    }
  }
  const { sentences, escoTitles, onetTitles, words, glosses } = corpora
  const themselves = (texts: readonly string[]) => texts.map((text) => [text, text] as const)
  const meanings = [...data.glosses].flatMap(([word, list]) =>
    list.filter(({ job }) => job > 0).map(({ text }) => [word, text] as const),
  )
  const titles = themselves([...escoTitles, ...onetTitles, ...words, ...glosses])
  return [
    task('taught sentences', themselves(sentences), weights.sentences),
    task('taught translations', translationsOf(data), weights.translations),
    task('taught titles', titles, weights.titles, weights.titleShare),
    task('taught glosses', meanings, weights.glosses),
  ]
}
