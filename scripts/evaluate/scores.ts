import { join } from 'node:path'
import { AFTER_FIRST, formatTable } from '../console/table.ts'
import { readCsco, readCscoTitles, readTitlePairs } from '../train/chinese-data.ts'
import { isHeldOut, readEsco, readOnet, readSts, readTabbedPairs, readVacancies } from '../train/data.ts'
import {
  areaUnderCurve,
  crossLingual,
  type Embed,
  meanCosine,
  type Scores,
  scorePairs,
  titleSimilarity,
  vacancyToOccupation,
} from './tasks.ts'

/** Correlation with human judgement on sentences that were not trained on: quick, for every epoch. */
export async function developmentScores(embed: Embed, folder: string): Promise<Scores> {
  const english = readSts(folder, 'en', 'dev')
  const chinese = readSts(folder, 'zh', 'dev')
  return {
    'STS-B dev, English, Spearman': await scorePairs(embed, english),
    'STS-B dev, Chinese, Spearman': await scorePairs(embed, chinese),
    'Chinese → English sentence, accuracy@1': await crossLingual(
      embed,
      chinese.map(({ left }) => left),
      english.map(({ left }) => left),
    ),
    ...(await titleScores(embed, folder)),
  }
}

/** How well titles find their translations, and Chinese titles their occupation: none of them was trained on. */
async function titleScores(embed: Embed, folder: string): Promise<Scores> {
  const pairs = readTitlePairs(folder)
  const [chinese, english] = [pairs.map((pair) => pair.chinese), pairs.map((pair) => pair.english)]
  const occupations = readCsco(folder).filter(({ id }) => CSCO_OCCUPATION.test(id))
  const titles = readCscoTitles(folder, 'dev').map(({ title, name }) => ({ title, occupation: name }))
  const csco = await vacancyToOccupation(
    embed,
    titles,
    occupations.map((occupation) => ({ ...occupation, id: occupation.name })),
  )
  return {
    'Chinese → English title, accuracy@1': await crossLingual(embed, chinese, english),
    'English → Chinese title, accuracy@1': await crossLingual(embed, english, chinese),
    'Chinese and English title, mean cosine': await meanCosine(embed, chinese, english),
    'Chinese title → CSCO occupation, MRR': csco.MRR!,
    'Chinese title → CSCO occupation, recall@10': csco['recall@10']!,
  }
}

/** A code of the fourth level: three numbers and a last one that is not 0. */
const CSCO_OCCUPATION = /^\d+-\d+-\d+-(?!00$)\d+$/

/** Every score of the model card. */
export async function allScores(embed: Embed, folder: string): Promise<Scores> {
  const vacancies = await vacancyToOccupation(embed, readVacancies(folder), readEsco(folder))
  const heldOut = readOnet(folder).filter((_, index) => isHeldOut(index))
  const paws = readTabbedPairs(join(folder, 'PAWS-X-dev_2k.tsv'), { header: true, idColumn: true })
  return {
    ...(await developmentScores(embed, folder)),
    'STS-B dev, Chinese of another translator, Spearman': await scorePairs(
      embed,
      readTabbedPairs(join(folder, 'sts-zh-valid.tsv')),
    ),
    'Vacancy title → ESCO occupation, MRR': vacancies.MRR!,
    'Vacancy title → ESCO occupation, recall@10': vacancies['recall@10']!,
    'Titles of O*NET occupations never trained on, MAP': await titleSimilarity(embed, heldOut, 5),
    'LCQMC dev, Chinese questions, area under the curve': await areaUnderCurve(
      embed,
      readTabbedPairs(join(folder, 'LCQMC-dev.txt')),
    ),
    'PAWS-X dev, Chinese, area under the curve': await areaUnderCurve(embed, paws),
  }
}

/** Scores side by side as lines of text: a name, then a column each. */
export function formatScores(columns: Readonly<Record<string, Scores>>): string {
  const names = Object.keys(Object.values(columns)[0]!)
  const head = ['', ...Object.keys(columns)]
  const rows = names.map((name) => [
    name,
    ...Object.values(columns).map((scores) => scores[name]!.toFixed(4)),
  ])
  return formatTable([head, ...rows], AFTER_FIRST)
}
