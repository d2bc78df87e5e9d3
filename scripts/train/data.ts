import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'

/** One occupation with everything that says what it is. */
export interface Occupation {
  readonly id: string
  /** The preferred label (ESCO); the first alternate title (O*NET). */
  readonly name: string
  readonly titles: readonly string[]
  /** Descriptions (ESCO) or task statements (O*NET). */
  readonly texts: readonly string[]
}

/** A pair of sentences with its human score, 0 to 5. */
export interface RatedPair {
  readonly left: string
  readonly right: string
  readonly score: number
}

function readRows(path: string, options: object = {}): Record<string, string>[] {
  return parse(readFileSync(path, 'utf8'), { columns: true, bom: true, ...options })
}

function readRecords(path: string, options: object = {}): string[][] {
  return parse(readFileSync(path, 'utf8'), { bom: true, relax_column_count: true, ...options })
}

const TABBED = { delimiter: '\t', quote: null }

/** `esco_occupations_en.csv`: 3,039 occupations, alternative labels without the preferred one. */
export function readEsco(folder: string): Occupation[] {
  return readRows(join(folder, 'esco_occupations_en.csv')).map((row) => ({
    id: row.conceptUri!,
    name: row.preferredLabel!,
    titles: row.altLabels!.split('\n').filter((label) => label !== '' && label !== row.preferredLabel),
    texts: [row.description!].filter((text) => text !== ''),
  }))
}

/** O*NET alternate titles and task statements, by occupation in the order of their codes. */
export function readOnet(folder: string): Occupation[] {
  const titles = groupByCode(join(folder, 'onet', 'Alternate_Titles.txt'), 'Alternate Title')
  const tasks = groupByCode(join(folder, 'onet', 'Task_Statements.txt'), 'Task')
  return [...titles].map(([id, names]) => ({
    id,
    name: names[0]!,
    titles: names,
    texts: tasks.get(id) ?? [],
  }))
}

function groupByCode(path: string, column: string): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const row of readRows(path, TABBED)) {
    const code = row['O*NET-SOC Code']!
    groups.set(code, [...(groups.get(code) ?? []), row[column]!])
  }
  return groups
}

/** Every twentieth occupation of O*NET is never trained on: its titles measure titles nobody has seen. */
export function isHeldOut(index: number): boolean {
  return index % 20 === 10
}

/** STS Benchmark in one language; line n of both languages is the same pair. */
export function readSts(folder: string, language: 'en' | 'zh', split: 'train' | 'dev'): RatedPair[] {
  return readRecords(join(folder, `stsb-${language}-${split}.csv`)).map(([left, right, score]) => ({
    left: left!,
    right: right!,
    score: Number(score),
  }))
}

/** A tab-separated file of pairs and their labels, with or without an id column and a header. */
export function readTabbedPairs(
  path: string,
  options: { readonly header?: boolean; readonly idColumn?: boolean } = {},
): RatedPair[] {
  const first = options.idColumn ? 1 : 0
  const records = readRecords(path, TABBED).slice(options.header ? 1 : 0)
  return records.map((record) => ({
    left: record[first]!,
    right: record[first + 1]!,
    score: Number(record[first + 2]),
  }))
}

/** Vacancy titles with the id of their ESCO occupation: to evaluate with, never to train on. */
export function readVacancies(folder: string): { readonly title: string; readonly occupation: string }[] {
  const rows = readRows(join(folder, 'job-titles-esco.csv'))
  return rows.map((row) => ({ title: row.vacancyTitle!, occupation: row.conceptUri! }))
}
