import { drawBar } from '../console/progress.ts'
import { AFTER_FIRST, formatTable } from '../console/table.ts'
import type { Scores } from './tasks.ts'

/** Models' scores by their names; a model that was not measured on something lacks that score. */
type Columns = Readonly<Record<string, Readonly<Partial<Scores>>>>

/** Scores side by side as lines of text: a name, then a column each. */
export function formatScores(columns: Columns): string {
  const head = ['', ...Object.keys(columns)]
  const rows = namesOf(columns).map((name) => [
    name,
    ...Object.values(columns).map((scores) => scores[name]?.toFixed(4) ?? '–'),
  ])
  return formatTable([head, ...rows], AFTER_FIRST)
}

/** The same as bars, a group for each score; a correlation below 0 has none. */
export function drawScores(columns: Columns): string {
  const groups = namesOf(columns).map((name) => {
    const rows = Object.entries(columns).flatMap(([model, scores]) => {
      const value = scores[name]
      return value === undefined ? [] : [[`  ${model}`, drawBar(Math.max(0, value)), value.toFixed(3)]]
    })
    return `${name}\n${formatTable(rows)}`
  })
  return groups.join('\n')
}

function namesOf(columns: Columns): string[] {
  return [...new Set(Object.values(columns).flatMap((scores) => Object.keys(scores)))]
}
