import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { AppError } from '../../src/errors.ts'
import type { RankedText, RankingTask } from './ranking-tasks.ts'

/** A line of queries.jsonl or corpus.jsonl. */
interface OwnText extends RankedText {
  /** `zh` or `en`: as the line says, else `zh` where a third of its letters and more are Chinese. */
  readonly language: string
}

/** Whether a folder is laid out as BEIR does. */
export function isOwnTask(folder: string): boolean {
  return existsSync(join(folder, 'corpus.jsonl')) || existsSync(join(folder, 'queries.jsonl'))
}

/**
 * A task of one's own in the layout of BEIR: `queries.jsonl` and `corpus.jsonl` with `_id`, `text` and perhaps `title` and
 * `language` a line, and judgements with a header and query, candidate and grade a line in `qrels/test.tsv`, another file
 * of `qrels/`, or `qrels.tsv`.
 *
 * @param languages of query and document, `zh-en`; all texts when absent
 * @throws AppError `artifact_missing` for a file that is not there, with the command that brings a set of BEIR;
 * `invalid_request` when nothing is left to rank; TypeError for a line that is not as it should be
 */
export function readOwnTask(folder: string, languages?: string): RankingTask {
  const judged = judgementsOf(folder)
  const grades = readGrades(judged)
  const [from, to] = languages?.split('-') ?? []
  const isOf = (language: string | undefined) => (text: OwnText) => !language || text.language === language
  const queries = readTexts(folder, 'queries.jsonl').filter(({ id }) => grades.has(id))
  const candidates = readTexts(folder, 'corpus.jsonl')
  const task = {
    name: `${folder}, ${basename(judged)}${languages ? `, ${languages}` : ''}`,
    queries: queries.filter(isOf(from)),
    candidates: candidates.filter(isOf(to)),
    grades,
  }
  if (task.queries.length > 0 && task.candidates.length > 0) return task
  throw new AppError(
    'invalid_request',
    `${folder} has ${queries.length} judged queries and ${candidates.length} documents, of ${languages ?? 'all languages'} ${task.queries.length} and ${task.candidates.length}; expected one and more of both.`,
  )
}

/** The file of judgements: those of the test split where there are several. */
function judgementsOf(folder: string): string {
  const inner = join(folder, 'qrels')
  const files = existsSync(inner) ? readdirSync(inner).filter((name) => name.endsWith('.tsv')) : []
  const chosen = ['test.tsv', 'dev.tsv'].find((name) => files.includes(name)) ?? files.sort()[0]
  const path = chosen ? join(inner, chosen) : join(folder, 'qrels.tsv')
  if (existsSync(path)) return path
  throw notBeir(folder, 'qrels/test.tsv')
}

function readGrades(path: string): Map<string, Map<string, number>> {
  const grades = new Map<string, Map<string, number>>()
  for (const line of linesOf(path).slice(1)) {
    const [query, candidate, grade] = line.split('\t')
    if (!query || !candidate || !(Number(grade) >= 0)) {
      throw new TypeError(
        `${basename(path)} has the line ${JSON.stringify(line)}; expected query, candidate and grade.`,
      )
    }
    if (Number(grade) === 0) continue
    const own = grades.get(query) ?? new Map<string, number>()
    grades.set(query, own.set(candidate, Number(grade)))
  }
  return grades
}

function readTexts(folder: string, name: string): OwnText[] {
  const path = join(folder, name)
  if (!existsSync(path)) throw notBeir(folder, name)
  return linesOf(path).map((line) => {
    const { _id: id, title = '', text, language } = JSON.parse(line) as Record<string, unknown>
    if (typeof text !== 'string' || (typeof id !== 'string' && typeof id !== 'number')) {
      throw new TypeError(`${path} has the line ${line.slice(0, 80)}; expected _id and text.`)
    }
    const whole = title === '' ? text : `${title}\n${text}`
    return { id: String(id), text: whole, language: typeof language === 'string' ? language : guess(whole) }
  })
}

function guess(text: string): string {
  const letters = text.match(/\p{L}/gu) ?? []
  const chinese = letters.filter((letter) => /\p{Script=Han}/u.test(letter))
  return chinese.length > 0 && 3 * chinese.length >= letters.length ? 'zh' : 'en'
}

function notBeir(folder: string, name: string): AppError {
  return new AppError(
    'artifact_missing',
    `${folder} has no ${name}; expected the layout of BEIR: queries.jsonl, corpus.jsonl, qrels/test.tsv. A set of BEIR is fetched with: curl -LO https://public.ukp.informatik.tu-darmstadt.de/thakur/BEIR/datasets/scifact.zip && unzip scifact.zip`,
    { details: { folder, missing: name } },
  )
}

function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
}
