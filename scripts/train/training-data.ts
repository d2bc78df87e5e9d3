import {
  type Gloss,
  readCsco,
  readCscoTitles,
  readGlosses,
  readSynthetic,
  type TitlePair,
} from './chinese-data.ts'
import { isHeldOut, type Occupation, type RatedPair, readEsco, readOnet, readSts } from './data.ts'

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
