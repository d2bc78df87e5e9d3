import { foldName } from '../../src/formats/column-names.ts'
import { MOST_NAMED_ROWS, nameRows } from '../../src/formats/wrong-rows.ts'
import { formatTable } from '../console/table.ts'
import { cutLine, cutTo, widthOf } from '../console/width.ts'
import type { RowDocument } from './documents.ts'
import type { RankedDocument, RankedJobs } from './ranking.ts'

/** A row that could not be compared, and why. */
export interface LeftRow {
  readonly place: string
  readonly reason: string
}

/** What is to be shown. */
interface Report extends RankedJobs {
  /** The first rows that could not be compared, and how many there were. */
  readonly left: readonly LeftRow[]
  readonly leftCount: number
}

/** How it is shown. */
interface ReportOptions {
  /** Columns of the terminal. */
  readonly width: number
  /** Passages that agree, for each candidate. */
  readonly evidence: number
}

/** Where the rows that are not named are to be found. */
const ELSEWHERE = '; --json names up to 1,000'
const LEAST_TEXT = 12
const ID_WIDTH = 20

/** The ranking as tables for a terminal, one for each job, then who was left out and why. */
export function describeRanking(report: Report, options: ReportOptions): string {
  const { jobs, model, candidates, excludedCount, leftCount } = report
  const counts = [
    `${model}`,
    counted(candidates, 'candidate'),
    ...(excludedCount > 0 ? [`${excludedCount} excluded`] : []),
    ...(leftCount > 0 ? [`${counted(leftCount, 'row')} not compared`] : []),
  ]
  const ranked = jobs.map(({ job, ranked }) =>
    [cutTo(`Job: ${labelOf(job)}`, options.width), describeJob(ranked, options)].join('\n\n'),
  )
  return [counts.join(', '), ...ranked, ...describeExcluded(report, options), ...describeLeft(report)].join(
    '\n\n',
  )
}

function describeJob(ranked: readonly RankedDocument[], options: ReportOptions): string {
  if (ranked.length === 0) return 'No candidate passes the filters and the threshold.'
  const reranked = ranked.some(({ result }) => result.rerank !== undefined)
  const head = ['#', 'score', ...(reranked ? ['rerank'] : []), 'band', 'id', 'candidate']
  const cells = ranked.map(({ document, result }, place) => [
    String(place + 1),
    result.score.toFixed(3),
    ...(reranked ? [result.rerank?.toFixed(3) ?? '–'] : []),
    result.band ?? '–',
    cutTo(document.id, ID_WIDTH),
    labelOf(document),
  ])
  const table = formatTable([head, ...cells]).split('\n')
  return table
    .flatMap((line, row) => {
      if (row === 0) return [line]
      const found = ranked[row - 1]!
      return [cutLine(line, options.width), ...skillsOf(found), ...evidenceOf(found, options)]
    })
    .join('\n')
}

/** Whole, however narrow the terminal: what is missing decides. */
function skillsOf({ result }: RankedDocument): string[] {
  const { matched, missing } = result.explanation?.skills ?? { matched: [], missing: [] }
  const names = [...new Set(matched.map((skill) => skill.query))]
  return [
    ...(names.length > 0 ? [`     matched  ${names.join(', ')}`] : []),
    ...(missing.length > 0 ? [`     missing  ${missing.join(', ')}`] : []),
  ]
}

function evidenceOf({ result }: RankedDocument, { evidence, width }: ReportOptions): string[] {
  const pairs = (result.explanation?.evidence ?? []).slice(0, evidence)
  return pairs.map(({ query, candidate, score }) => {
    const room = Math.max(LEAST_TEXT, Math.floor((width - 22) / 2))
    return `     ${score.toFixed(2).padEnd(7)}  “${cutTo(candidate.text, room)}” ~ “${cutTo(query.text, room)}”`
  })
}

function describeExcluded({ excluded, excludedCount }: Report, { width }: ReportOptions): string[] {
  if (excludedCount === 0) return []
  const rows = excluded
    .slice(0, MOST_NAMED_ROWS)
    .map(({ document, reason }) => [
      `  ${cutTo(document.id, ID_WIDTH)}`,
      cutTo(labelOf(document), 30),
      reason,
    ])
  const shown = formatTable(rows)
    .split('\n')
    .map((line) => (widthOf(line) > width ? line.trimEnd() : line))
  const named = nameRows(shown, excludedCount, ELSEWHERE)
  return [
    ['Excluded:', ...named.slice(0, shown.length), ...named.slice(shown.length).map(indented)].join('\n'),
  ]
}

function describeLeft({ left, leftCount }: Report): string[] {
  if (leftCount === 0) return []
  const said = left.map(({ place, reason }) => `${place}: ${reason}`)
  return [['Not compared:', ...nameRows(said, leftCount, ELSEWHERE).map(indented)].join('\n')]
}

function indented(line: string): string {
  return `  ${line}`
}

/** A name and a title where there are any, else how the first text begins. */
function labelOf({ fields }: RowDocument): string {
  const entries = Object.entries(fields)
  const textOf = (wanted: string) => entries.find(([name]) => foldName(name) === wanted)?.[1]
  const named = ['name', 'title']
    .map(textOf)
    .filter((value) => typeof value === 'string' && value.trim() !== '')
  if (named.length > 0) return cutTo(named.join(' · '), 60)
  const first = entries.find(([, value]) => typeof value === 'string' && value.trim() !== '')?.[1]
  return cutTo(typeof first === 'string' ? first : JSON.stringify(fields), 60)
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`
}
