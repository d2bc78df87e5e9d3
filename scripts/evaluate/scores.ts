import { join } from 'node:path'
import { readCsco, readCscoTitles, readTitlePairs } from '../train/chinese-data.ts'
import { isHeldOut, readEsco, readOnet, readSts, readTabbedPairs, readVacancies } from '../train/data.ts'
import { requireData } from './data-files.ts'
import { type Sample, scoreOf } from './metrics/sample.ts'
import {
  areaUnderCurve,
  crossLingual,
  type Embed,
  pairCosines,
  ratedPairs,
  type Scores,
  titleSimilarity,
  vacancyToOccupation,
} from './tasks.ts'

/** What a score is of: the languages of query and document, what is done, and how it is measured. */
interface ScoreFacts {
  readonly languages: string
  readonly task: string
  readonly measure: string
}

/** Scores that are measured together. */
interface ScoreGroup {
  readonly languages: string
  readonly task: string
  /** Below the data folder. */
  readonly files: readonly string[]
  /** The name of each score, with its measure. */
  readonly scores: Readonly<Record<string, string>>
  /** One score for each of {@link ScoreGroup.scores}. */
  run(embed: Embed, folder: string): Promise<readonly Sample[]>
}

const STS = { en: 'stsb-en-dev.csv', zh: 'stsb-zh-dev.csv' }
const TITLES = 'zh/dev-titles.tsv'

/** Quick: for every epoch of a training. */
const DEVELOPMENT: readonly ScoreGroup[] = [
  {
    languages: 'en-en',
    task: 'sentence similarity',
    files: [STS.en],
    scores: { 'STS-B dev, English, Spearman': 'Spearman' },
    run: async (embed, folder) => [await ratedPairs(embed, readSts(folder, 'en', 'dev'))],
  },
  {
    languages: 'zh-zh',
    task: 'sentence similarity',
    files: [STS.zh],
    scores: { 'STS-B dev, Chinese, Spearman': 'Spearman' },
    run: async (embed, folder) => [await ratedPairs(embed, readSts(folder, 'zh', 'dev'))],
  },
  {
    languages: 'zh-en',
    task: 'sentence to its translation',
    files: [STS.en, STS.zh],
    scores: { 'Chinese → English sentence, accuracy@1': 'accuracy@1' },
    run: async (embed, folder) => {
      const [chinese, english] = (['zh', 'en'] as const).map((language) =>
        readSts(folder, language, 'dev').map(({ left }) => left),
      )
      return [await crossLingual(embed, chinese!, english!)]
    },
  },
  {
    languages: 'zh-en',
    task: 'job title to its translation',
    files: [TITLES],
    scores: { 'Chinese → English title, accuracy@1': 'accuracy@1' },
    run: async (embed, folder) => [await crossLingual(embed, ...titlesOf(folder))],
  },
  {
    languages: 'en-zh',
    task: 'job title to its translation',
    files: [TITLES],
    scores: { 'English → Chinese title, accuracy@1': 'accuracy@1' },
    run: async (embed, folder) => {
      const [chinese, english] = titlesOf(folder)
      return [await crossLingual(embed, english, chinese)]
    },
  },
  {
    languages: 'zh-en',
    task: 'job title to its translation',
    files: [TITLES],
    scores: { 'Chinese and English title, mean cosine': 'mean cosine' },
    run: async (embed, folder) => [await pairCosines(embed, ...titlesOf(folder))],
  },
  {
    languages: 'zh-zh',
    task: 'job title to occupation',
    files: ['zh/csco.tsv', 'zh/csco-titles-train.tsv'],
    scores: {
      'Chinese title → CSCO occupation, MRR': 'MRR',
      'Chinese title → CSCO occupation, recall@10': 'recall@10',
    },
    run: async (embed, folder) => {
      const occupations = readCsco(folder).filter(({ id }) => CSCO_OCCUPATION.test(id))
      const titles = readCscoTitles(folder, 'dev').map(({ title, name }) => ({ title, occupation: name }))
      const named = occupations.map((occupation) => ({ ...occupation, id: occupation.name }))
      return vacancyToOccupation(embed, titles, named)
    },
  },
]

const FURTHER: readonly ScoreGroup[] = [
  {
    languages: 'zh-zh',
    task: 'sentence similarity',
    files: ['sts-zh-valid.tsv'],
    scores: { 'STS-B dev, Chinese of another translator, Spearman': 'Spearman' },
    run: async (embed, folder) => [
      await ratedPairs(embed, readTabbedPairs(join(folder, 'sts-zh-valid.tsv'))),
    ],
  },
  {
    languages: 'en-en',
    task: 'job title to occupation',
    files: ['job-titles-esco.csv', 'esco_occupations_en.csv'],
    scores: {
      'Vacancy title → ESCO occupation, MRR': 'MRR',
      'Vacancy title → ESCO occupation, recall@10': 'recall@10',
    },
    run: (embed, folder) => vacancyToOccupation(embed, readVacancies(folder), readEsco(folder)),
  },
  {
    languages: 'en-en',
    task: 'job title similarity',
    files: ['onet/Alternate_Titles.txt', 'onet/Task_Statements.txt'],
    scores: { 'Titles of O*NET occupations never trained on, MAP': 'MAP' },
    run: async (embed, folder) => {
      const heldOut = readOnet(folder).filter((_, index) => isHeldOut(index))
      return [await titleSimilarity(embed, heldOut, 5)]
    },
  },
  {
    languages: 'zh-zh',
    task: 'questions that mean the same',
    files: ['LCQMC-dev.txt'],
    scores: { 'LCQMC dev, Chinese questions, area under the curve': 'area under the curve' },
    run: async (embed, folder) => [
      await areaUnderCurve(embed, readTabbedPairs(join(folder, 'LCQMC-dev.txt'))),
    ],
  },
  {
    languages: 'zh-zh',
    task: 'sentences of the same words',
    files: ['PAWS-X-dev_2k.tsv'],
    scores: { 'PAWS-X dev, Chinese, area under the curve': 'area under the curve' },
    run: async (embed, folder) => {
      const path = join(folder, 'PAWS-X-dev_2k.tsv')
      return [await areaUnderCurve(embed, readTabbedPairs(path, { header: true, idColumn: true }))]
    },
  },
]

/** A code of the fourth level: three numbers and a last one that is not 0. */
const CSCO_OCCUPATION = /^\d+-\d+-\d+-(?!00$)\d+$/

function titlesOf(folder: string): [chinese: string[], english: string[]] {
  const pairs = readTitlePairs(folder)
  return [pairs.map(({ chinese }) => chinese), pairs.map(({ english }) => english)]
}

/** What each score is of, by its name. */
export function scoreFacts(): ReadonlyMap<string, ScoreFacts> {
  return new Map(
    [...DEVELOPMENT, ...FURTHER].flatMap(({ languages, task, scores }) =>
      Object.entries(scores).map(([name, measure]) => [name, { languages, task, measure }] as const),
    ),
  )
}

/** Correlation with human judgement on sentences that were not trained on: quick, for every epoch. */
export async function developmentScores(embed: Embed, folder: string): Promise<Scores> {
  return scoresOf(await samplesOf(DEVELOPMENT, embed, folder))
}

/** Every score of the model card. */
export async function allScores(embed: Embed, folder: string): Promise<Scores> {
  return scoresOf(await allSamples(embed, folder))
}

/**
 * What every score of the model card is taken of, or those of one pair of languages.
 *
 * @param languages query and document: `zh-en`
 * @param begun told the name of each group of scores before it is measured
 * @throws AppError `artifact_missing` before anything is measured when data is missing
 */
export function allSamples(
  embed: Embed,
  folder: string,
  languages?: string,
  begun?: (task: string) => void,
): Promise<Record<string, Sample>> {
  const chosen = [...DEVELOPMENT, ...FURTHER].filter((group) => !languages || group.languages === languages)
  requireData(
    folder,
    chosen.flatMap(({ files }) => files),
  )
  return samplesOf(chosen, embed, folder, begun)
}

async function samplesOf(
  groups: readonly ScoreGroup[],
  embed: Embed,
  folder: string,
  begun?: (task: string) => void,
): Promise<Record<string, Sample>> {
  const found: Record<string, Sample> = {}
  for (const group of groups) {
    const names = Object.keys(group.scores)
    begun?.(`${group.languages} ${group.task}`)
    const samples = await group.run(embed, folder)
    for (const [index, name] of names.entries()) found[name] = samples[index]!
  }
  return found
}

function scoresOf(samples: Readonly<Record<string, Sample>>): Scores {
  return Object.fromEntries(Object.entries(samples).map(([name, sample]) => [name, scoreOf(sample)]))
}
