import type { Random } from '../../src/learning/random.ts'
import type { Gloss } from './chinese-data.ts'
import type { TextPair, TrainingTask } from './contrastive.ts'
import { type Ids, pairTask, pick, textPairs, titlePairs } from './pair-lists.ts'
import type { TrainingData } from './training-data.ts'

const GLOSS_BATCH = 512
/** The dictionary is ten times the rest: half of it an epoch. Words for occupations come up twice beside it. */
const GLOSS_SHARE = 0.5
const JOB_GLOSS_SHARE = 2
const SYNTHETIC_ENGLISH_SHARE = 0.75
const SYNTHETIC_CHINESE_SHARE = 1.5
/** A gloss such as "director" names many occupations; of more than these it says too little. */
const MOST_OCCUPATIONS = 3

/** What an epoch learns of Chinese and of its words for English ones. */
export function planChineseTasks(data: TrainingData, ids: Ids): TrainingTask[] {
  const { csco, cscoTitles, synthetic } = data
  const places = new Map(csco.map(({ name }, group) => [name, group]))
  const advertised = cscoTitles.filter(({ name }) => places.has(name))
  const titled = withAdvertised(csco, advertised)
  const toName = [
    ...csco.flatMap(({ name, titles }, group) =>
      titles.map((title) => ({ left: ids(title), right: ids(name), group })),
    ),
    ...advertised.map(({ title, name }) => ({
      left: ids(title),
      right: ids(name),
      group: places.get(name)!,
    })),
  ]
  const translated = (kind: string) => {
    const groups = numberer()
    return synthetic
      .filter((pair) => pair.kind === kind)
      .map(({ chinese, english, occupation }) => ({
        left: ids(chinese),
        right: ids(english),
        group: groups(occupation),
      }))
  }
  const [fromEnglish, fromChinese] = [translated('e'), translated('z')]
  return [
    pairTask('glosses', glossPairs(data, ids), { share: GLOSS_SHARE, batchSize: GLOSS_BATCH }),
    pairTask('glosses of jobs', jobGlossPairs(data, ids), { share: JOB_GLOSS_SHARE }),
    pairTask('Chinese descriptions', (random) => textPairs(csco, random, ids)),
    pairTask('Chinese names', () => toName),
    pairTask('Chinese titles', (random) => titlePairs(titled, random, ids)),
    pairTask('translated titles', () => fromEnglish, { share: SYNTHETIC_ENGLISH_SHARE }),
    pairTask('translated Chinese titles', () => fromChinese, { share: SYNTHETIC_CHINESE_SHARE }),
    pairTask('bridge', bridgePairs(data, ids)),
  ]
}

function withAdvertised(
  csco: TrainingData['csco'],
  advertised: TrainingData['cscoTitles'],
): TrainingData['csco'] {
  const titles = new Map<string, string[]>()
  for (const { title, name } of advertised) titles.set(name, [...(titles.get(name) ?? []), title])
  return csco.map((entry) => ({ ...entry, titles: [...entry.titles, ...(titles.get(entry.name) ?? [])] }))
}

/** Every word beside its first gloss or, as often, any of them; words of one gloss are no negatives of one another. */
function glossPairs({ glosses }: TrainingData, ids: Ids): (random: Random) => TextPair[] {
  const groups = numberer()
  const words = [...glosses].map(([word, list]) => ({
    word: ids(word),
    glosses: list.map(entryOf(ids, groups)),
  }))
  return (random) =>
    words.map(({ word, glosses: list }) => {
      const { right, group } = random.next() < 0.5 ? pick(list, random) : list[0]!
      return { left: word, right, group }
    })
}

/** Words for occupations, each beside one of the glosses that say which. */
function jobGlossPairs({ glosses }: TrainingData, ids: Ids): (random: Random) => TextPair[] {
  const groups = numberer()
  const words = [...glosses].flatMap(([word, list]) => {
    const jobs = list.filter(({ job }) => job > 0).map(entryOf(ids, groups))
    return jobs.length > 0 ? [{ word: ids(word), jobs }] : []
  })
  return (random) => words.map(({ word, jobs }) => ({ left: word, ...pick(jobs, random) }))
}

function entryOf(ids: Ids, groups: (key: string) => number) {
  return ({ text }: Gloss) => ({ right: ids(text), group: groups(text.toLowerCase()) })
}

/** A Chinese word whose gloss is an English title, beside another title of that occupation. */
function bridgePairs({ glosses, esco, onet }: TrainingData, ids: Ids): (random: Random) => TextPair[] {
  const plain = (title: string) =>
    title
      .toLowerCase()
      .replaceAll(/\(.*?\)/g, '')
      .replaceAll(/\s+/g, ' ')
      .trim()
  const occupations = [...esco, ...onet].map(({ name, titles }) => [name, ...titles])
  const owners = new Map<string, number[]>()
  occupations.forEach((titles, group) => {
    for (const title of new Set(titles)) {
      const known = owners.get(plain(title))
      if (known) known.push(group)
      else owners.set(plain(title), [group])
    }
  })
  const bridges = [...glosses].flatMap(([word, list]) =>
    list.flatMap(({ text, job }) => {
      const groups = job === 2 ? (owners.get(plain(text)) ?? []) : []
      return groups.slice(0, MOST_OCCUPATIONS).map((group) => ({ left: ids(word), group }))
    }),
  )
  return (random) =>
    bridges.map(({ left, group }) => ({ left, right: ids(pick(occupations[group]!, random)), group }))
}

/** Numbers from 0 for keys, the same for the same key. */
function numberer(): (key: string) => number {
  const numbers = new Map<string, number>()
  return (key) => {
    const number = numbers.get(key) ?? numbers.size
    numbers.set(key, number)
    return number
  }
}
