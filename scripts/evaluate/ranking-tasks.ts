import { createRandom, shuffle } from '../../src/learning/random.ts'
import { isHeldOut, type Occupation, readEsco, readOnet, readVacancies } from '../train/data.ts'
import { requireData } from './data-files.ts'

/** A text with its id. */
export interface RankedText {
  readonly id: string
  readonly text: string
}

/** Candidates to be ranked for queries, and what is right. */
export interface RankingTask {
  readonly name: string
  readonly queries: readonly RankedText[]
  readonly candidates: readonly RankedText[]
  /** Grades above 0 by candidate's id, by query's id. */
  readonly grades: ReadonlyMap<string, ReadonlyMap<string, number>>
}

const SEED = 11
/** Task statements that stand for a resume. */
const STATEMENTS = 6

/** What {@link readPublicTasks} reads, below the data folder. */
const FILES = [
  'job-titles-esco.csv',
  'esco_occupations_en.csv',
  'onet/Alternate_Titles.txt',
  'onet/Task_Statements.txt',
]

/** The tasks of the public data: none of the labels was trained on, and the vacancies never were. */
export function readPublicTasks(folder: string, queries: number): RankingTask[] {
  requireData(folder, FILES)
  const occupations = readEsco(folder)
  const heldOut = readOnet(folder).filter((_, index) => isHeldOut(index))
  return [...vacancyTasks(folder, occupations, queries), resumeTask(heldOut)]
}

/** Vacancies look for their occupation, and occupations for their vacancies. */
function vacancyTasks(folder: string, occupations: readonly Occupation[], count: number): RankingTask[] {
  const names = new Map(occupations.map(({ id, name }) => [id, name]))
  const known = readVacancies(folder).filter(({ occupation }) => names.has(occupation))
  const vacancies = shuffle(known, createRandom(SEED))
    .slice(0, count)
    .map(({ title, occupation }, index) => ({ id: `vacancy-${index}`, text: title, occupation }))
  const labels = occupations.map(({ id, name }) => ({ id, text: name }))
  const wanted = new Set(vacancies.map(({ occupation }) => occupation))
  return [
    {
      name: 'vacancy title → ESCO occupation',
      queries: vacancies,
      candidates: labels,
      grades: new Map(vacancies.map(({ id, occupation }) => [id, new Map([[occupation, 1]])])),
    },
    {
      name: 'ESCO occupation → vacancy titles',
      queries: labels.filter(({ id }) => wanted.has(id)),
      candidates: vacancies,
      grades: groupGrades(vacancies.map(({ id, occupation }) => [occupation, id])),
    },
  ]
}

/** What somebody does, in words of task statements, looks for the titles of that work. */
function resumeTask(occupations: readonly Occupation[]): RankingTask {
  const withBoth = occupations.filter(({ titles, texts }) => titles.length > 0 && texts.length > 0)
  const titles = withBoth.flatMap((occupation) =>
    occupation.titles.map((text, index) => ({ id: `${occupation.id}/${index}`, text, owner: occupation.id })),
  )
  return {
    name: 'O*NET tasks → titles of held-out work',
    queries: withBoth.map(({ id, texts }) => ({ id, text: texts.slice(0, STATEMENTS).join(' ') })),
    candidates: titles,
    grades: groupGrades(titles.map(({ id, owner }) => [owner, id])),
  }
}

function groupGrades(pairs: readonly (readonly [string, string])[]): Map<string, Map<string, number>> {
  const grades = new Map<string, Map<string, number>>()
  for (const [query, candidate] of pairs) {
    const own = grades.get(query) ?? new Map<string, number>()
    grades.set(query, own.set(candidate, 1))
  }
  return grades
}
