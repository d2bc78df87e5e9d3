import { createRandom, type Random } from '../../src/learning/random.ts'
import { readCscoTitles, readTitlePairs } from '../train/chinese-data.ts'
import {
  isHeldOut,
  type Occupation,
  type RatedPair,
  readEsco,
  readOnet,
  readSts,
  readVacancies,
} from '../train/data.ts'

/** Two texts, and whether they fit. */
export interface LabelledPair {
  readonly left: string
  readonly right: string
  readonly label: 0 | 1
  /** Pairs of one group share texts: all of them are fitted on, or none. */
  readonly group: number
}

/** Labelled pairs of one source. */
export interface PairSource {
  readonly name: string
  /** Of both texts, in the order of the alphabet: `en-zh`. */
  readonly languages: string
  /** Whether its pairs may be fitted on; the others are only measured with, for want of a licence. */
  readonly fitted: boolean
  /** Whether its pairs are those of the other such sources in other languages: what differs is the language alone. */
  readonly parallel?: boolean
  readonly pairs: readonly LabelledPair[]
}

/** STS-B calls pairs from this rating on "roughly equivalent" or better. */
const FITTING_RATING = 3
/** So many that titles weigh about as much as sentences. */
const TITLES_PER_OCCUPATION = 40
const VACANCIES = 2000
const SEED = 5

/**
 * The held-out pairs of a data folder: none was trained on. Of titles, one other title of the occupation fits and one
 * of another occupation does not, so that chances are those at even odds.
 */
export function readPairSources(folder: string): PairSource[] {
  const random = createRandom(SEED)
  const english = readSts(folder, 'en', 'dev')
  const chinese = readSts(folder, 'zh', 'dev')
  const across = english.map(({ left, score }, line) => ({ left, right: chinese[line]!.right, score }))
  return [
    {
      name: 'STS-B dev, English',
      languages: 'en-en',
      fitted: true,
      parallel: true,
      pairs: ratedPairs(english),
    },
    {
      name: 'STS-B dev, Chinese',
      languages: 'zh-zh',
      fitted: true,
      parallel: true,
      pairs: ratedPairs(chinese),
    },
    {
      name: 'STS-B dev, English with Chinese',
      languages: 'en-zh',
      fitted: true,
      parallel: true,
      pairs: ratedPairs(across),
    },
    {
      name: 'O*NET titles, held-out occupations',
      languages: 'en-en',
      fitted: true,
      pairs: titlePairs(
        readOnet(folder).filter((_, index) => isHeldOut(index)),
        random,
      ),
    },
    {
      name: 'vacancy titles with ESCO occupations',
      languages: 'en-en',
      fitted: false,
      pairs: vacancyPairs(folder, random),
    },
    {
      name: 'Chinese titles with CSCO occupations',
      languages: 'zh-zh',
      fitted: true,
      pairs: shiftedPairs(
        readCscoTitles(folder, 'dev').map(({ title, name }) => [title, name]),
        random,
      ),
    },
    {
      name: 'Chinese titles with their translations',
      languages: 'en-zh',
      fitted: true,
      pairs: shiftedPairs(
        readTitlePairs(folder).map(({ chinese, english }) => [chinese, english]),
        random,
      ),
    },
  ]
}

function ratedPairs(rated: readonly RatedPair[]): LabelledPair[] {
  return rated.map(({ left, right, score }, group) => ({
    left,
    right,
    label: score >= FITTING_RATING ? 1 : 0,
    group,
  }))
}

function titlePairs(occupations: readonly Occupation[], random: Random): LabelledPair[] {
  return occupations.flatMap(({ titles }, group) => {
    if (titles.length < 2) return []
    return titles.slice(0, TITLES_PER_OCCUPATION).flatMap((left, index): LabelledPair[] => {
      const fitting = titles[(index + 1 + random.below(titles.length - 1)) % titles.length]!
      const others = occupations[otherThan(group, occupations.length, random)]!.titles
      return [
        { left, right: fitting, label: 1, group },
        { left, right: others[random.below(others.length)]!, label: 0, group },
      ]
    })
  })
}

function vacancyPairs(folder: string, random: Random): LabelledPair[] {
  const occupations = readEsco(folder)
  const rows = new Map(occupations.map(({ id }, row) => [id, row]))
  const known = readVacancies(folder).filter(({ occupation }) => rows.has(occupation))
  const step = Math.max(1, Math.floor(known.length / VACANCIES))
  return known
    .filter((_, index) => index % step === 0)
    .flatMap(({ title, occupation }, group): LabelledPair[] => {
      const row = rows.get(occupation)!
      const other = occupations[otherThan(row, occupations.length, random)]!
      return [
        { left: title, right: occupations[row]!.name, label: 1, group },
        { left: title, right: other.name, label: 0, group },
      ]
    })
}

/** Each true pair, and its left side beside the right one of another pair. */
function shiftedPairs(pairs: readonly (readonly [string, string])[], random: Random): LabelledPair[] {
  return pairs.flatMap(([left, right], group): LabelledPair[] => {
    const others = pairs.filter(([, other]) => other !== right)
    return [
      { left, right, label: 1, group },
      { left, right: others[random.below(others.length)]![1], label: 0, group },
    ]
  })
}

function otherThan(index: number, count: number, random: Random): number {
  return (index + 1 + random.below(count - 1)) % count
}
