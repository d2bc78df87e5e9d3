import { rowOf } from '../../src/vector/matrix.ts'
import { dot } from '../../src/vector/similarity.ts'
import { formatTable } from '../console/table.ts'
import { readTraditional } from '../train/chinese-data.ts'
import { readSts, readTabbedPairs } from '../train/data.ts'
import { allScores } from './scores.ts'
import { type Embed, meanCosine, scorePairs } from './tasks.ts'

/** Something that the bundled model is said to do, with what was measured. */
interface Promised {
  readonly name: string
  readonly measured: number
  readonly least: number
}

/** Least scores of {@link allScores}, a margin below what the model reached when it was trained. */
const LEAST: Readonly<Record<string, number>> = {
  'Chinese → English title, accuracy@1': 0.88,
  'English → Chinese title, accuracy@1': 0.85,
  'Chinese and English title, mean cosine': 0.66,
  'STS-B dev, English, Spearman': 0.835,
  'STS-B dev, Chinese, Spearman': 0.81,
  'STS-B dev, Chinese of another translator, Spearman': 0.79,
  'Chinese → English sentence, accuracy@1': 0.92,
  'Vacancy title → ESCO occupation, MRR': 0.366,
  'Vacancy title → ESCO occupation, recall@10': 0.556,
  'Titles of O*NET occupations never trained on, MAP': 0.56,
  'Chinese title → CSCO occupation, MRR': 0.47,
  'Chinese title → CSCO occupation, recall@10': 0.72,
}

/** What jobs-static-1 reached with all its 256 columns: half as many of its successor's are no worse. */
const BEFORE = { english: 0.7986, chinese: 0.8078, other: 0.7878 }

/** Texts of which the first two are to be nearer than the first and the third. */
const NEARER: readonly (readonly [string, string, string])[] = [
  ['招聘成本会计', '成本会计', '招聘专员'],
  ['Java developer', 'Java engineer', 'JavaScript developer'],
  ['护士', 'nurse', 'driver'],
]

/** Pairs that mean nearly the same, with the least cosine. */
const NEAR: readonly (readonly [string, string, number])[] = [
  ['護士', '护士', 0.9999],
  ['高级Java工程师', '高级 Java 工程师', 0.9999],
  ['护士', 'nurse', 0.7],
  ['司机', '驾驶员', 0.5],
  ['出纳', '会计', 0.35],
  ['程序员', '软件工程师', 0.35],
]

/** True pairs score so much apart at most, within a language and across two: one band means about the same. */
const SPREAD = 0.2
const SAME_MEANING = 4
const TRADITIONAL_STEP = 10

/**
 * Measures every promise of the bundled model on sets that it was not trained on.
 *
 * @param embed with all columns
 * @param half with the first half of them
 */
export async function measurePromises(embed: Embed, half: Embed, data: string): Promise<Promised[]> {
  const scores = await allScores(embed, data)
  return [
    ...Object.entries(LEAST).map(([name, least]) => ({ name, measured: scores[name]!, least })),
    ...(await measureHalf(half, data)),
    await measureTraditional(embed, data),
    ...(await measureExamples(embed)),
    ...(await measureBands(embed, data)),
  ]
}

async function measureHalf(half: Embed, data: string): Promise<Promised[]> {
  const sets = [
    ['English', readSts(data, 'en', 'dev'), BEFORE.english],
    ['Chinese', readSts(data, 'zh', 'dev'), BEFORE.chinese],
    ['Chinese of another translator', readTabbedPairs(`${data}/sts-zh-valid.tsv`), BEFORE.other],
  ] as const
  const promises: Promised[] = []
  for (const [name, pairs, least] of sets) {
    promises.push({
      name: `128 columns: STS-B dev, ${name}, Spearman`,
      measured: await scorePairs(half, pairs),
      least,
    })
  }
  return promises
}

/** The share of words whose traditional and simplified forms have one vector. */
async function measureTraditional(embed: Embed, data: string): Promise<Promised> {
  const pairs = [...readTraditional(data)].filter((_, index) => index % TRADITIONAL_STEP === 0)
  const [one, other] = [await embed(pairs.map(([text]) => text)), await embed(pairs.map(([, text]) => text))]
  const known = pairs.flatMap((_, row) => (dot(rowOf(other, row), rowOf(other, row)) > 0 ? [row] : []))
  const same = known.filter((row) => dot(rowOf(one, row), rowOf(other, row)) > 0.9999)
  return {
    name: 'traditional and simplified words with one vector, share',
    measured: same.length / known.length,
    least: 0.97,
  }
}

async function measureExamples(embed: Embed): Promise<Promised[]> {
  const cosine = async (one: string, other: string) => meanCosine(embed, [one], [other])
  const promises: Promised[] = []
  for (const [text, near, far] of NEARER) {
    promises.push({
      name: `${text}: ${near} nearer than ${far}, by`,
      measured: (await cosine(text, near)) - (await cosine(text, far)),
      least: 0.05,
    })
  }
  for (const [one, other, least] of NEAR)
    promises.push({ name: `${one} / ${other}, cosine`, measured: await cosine(one, other), least })
  return promises
}

/** Mean cosines of sentences that people rate 4 or more, within each language and across them. */
async function measureBands(embed: Embed, data: string): Promise<Promised[]> {
  const [english, chinese] = [readSts(data, 'en', 'dev'), readSts(data, 'zh', 'dev')]
  const rows = english.flatMap(({ score }, row) => (score >= SAME_MEANING ? [row] : []))
  const left = { en: rows.map((row) => english[row]!.left), zh: rows.map((row) => chinese[row]!.left) }
  const right = { en: rows.map((row) => english[row]!.right), zh: rows.map((row) => chinese[row]!.right) }
  const means = {
    'English with English': await meanCosine(embed, left.en, right.en),
    'Chinese with Chinese': await meanCosine(embed, left.zh, right.zh),
    'Chinese with English': await meanCosine(embed, left.zh, right.en),
  }
  const highest = Math.max(...Object.values(means))
  return Object.entries(means).map(([name, measured]) => ({
    name: `sentences that mean the same, ${name}, mean cosine`,
    measured,
    least: highest - SPREAD,
  }))
}

/** The promises as lines of text: what was measured, what it has to be at least, and whether it is. */
export function formatPromises(promises: readonly Promised[]): string {
  const rows = promises.map(({ name, measured, least }) => [
    measured >= least ? 'kept' : 'BROKEN',
    measured.toFixed(4),
    least.toFixed(4),
    name,
  ])
  return formatTable([['', 'measured', 'at least', ''], ...rows], (column) => column === 1 || column === 2)
}
