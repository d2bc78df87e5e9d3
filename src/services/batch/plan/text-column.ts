import { type AppError, invalid } from '../../../errors.ts'
import { foldName } from '../../../formats/column-names.ts'
import type { InspectedFile } from '../../../formats/inspect-file.ts'

/** Names under which a text is looked for, in this order: whole texts come before titles and lists of skills. */
const TEXT_COLUMNS = [
  ...['text', '文本', 'input', 'content', '内容', '內容', '正文', 'sentence', 'document', 'body'],
  ...['简历', '簡歷', '履歷', '职位描述', '職位描述', '岗位职责', '崗位職責', '描述'],
  ...['title', '标题', '標題', '职位名称', '職位名稱', '职位', '職位', '技能'],
] as const

/** A column with the share of the first records that have it; 1 in a table. */
interface Candidate {
  /** As the file has it; a name that comes again in a header has a number. */
  readonly name: string
  /** As it is written, for comparison. */
  readonly folded: string
  readonly share: number
}

/** A column that fewer of the first records have is an odd one. */
const USUAL_SHARE = 0.5

/**
 * The column with the texts: the one that the setting names, exactly or but for case, white space and full width; or
 * the first usual name; or the only column.
 *
 * @throws AppError `invalid_request` that lists the columns when there is no such column, or two that are alike
 */
export function decideTextColumn(file: InspectedFile, wanted: string | undefined): string {
  const candidates = candidatesOf(file)
  const all = candidates.map(({ name }) => name)
  if (wanted !== undefined) {
    if (all.includes(wanted)) return wanted
    const found = pick(candidates, foldName(wanted), all)
    if (found !== undefined) return found
    throw refused(
      `The file has no column ${wanted}${file.whole || file.layout.format === 'csv' ? '' : ' in its first rows'}; its columns are ${listed(all)}; correct the setting textColumn.`,
    )
  }
  if (all.length === 0) throw nothingRead(file)
  const usual = usualColumn(candidates, all)
  if (usual !== undefined) return usual
  if (all.length === 1) {
    refuseUnsplit(all[0]!, file)
    return withText(all[0]!, file, all)
  }
  throw refused(
    `The file has no column with a usual name (${TEXT_COLUMNS.join(', ')}); its columns are ${listed(all)}; name the one with the text in the setting textColumn.`,
  )
}

/** For a file of which no record could be read: what is wrong with the first one, and what often helps. */
function nothingRead({ records, layout }: InspectedFile): AppError {
  const first = records.find(({ problem }) => problem !== undefined)
  const why = first ? ` (line ${first.line}: ${first.problem!.replace(/\.$/, '')})` : ''
  const help =
    layout.format === 'jsonl' ? '; records that go over several lines are read with format "json"' : ''
  return refused(
    `None of the first rows of the file can be read as ${layout.format}, so that it has no columns${why}; correct the file, or name its format in the setting format${help}.`,
  )
}

function candidatesOf({ names, records, layout }: InspectedFile): Candidate[] {
  const { columns = names, format } = layout
  if (format !== 'jsonl' && format !== 'json') {
    return columns.map((name, index) => ({ name, folded: foldName(names[index] ?? name), share: 1 }))
  }
  const readable = records.filter(({ fields }) => fields !== undefined)
  return columns.map((name) => ({
    name,
    folded: foldName(name),
    share: readable.filter(({ fields }) => Object.hasOwn(fields!, name)).length / readable.length,
  }))
}

/** The first usual name that most records have; where they have none in common, the one that most of them have. */
function usualColumn(candidates: readonly Candidate[], all: readonly string[]): string | undefined {
  const names = TEXT_COLUMNS.map((name) => foldName(name))
  const common = names.find((name) =>
    candidates.some(({ folded, share }) => folded === name && share >= USUAL_SHARE),
  )
  const known = candidates.filter(({ folded }) => names.includes(folded))
  const most = known.toSorted(
    (one, other) => other.share - one.share || names.indexOf(one.folded) - names.indexOf(other.folded),
  )
  const name = common ?? most[0]?.folded
  return name === undefined ? undefined : pick(candidates, name, all)
}

/** What may stand between the names of columns in a header that was not split. */
const SEPARATORS = /[,;|\t:^"~，；、：｜\p{Cc}]/u

/** The only column of a table whose header has a separator is several, which the file's delimiter did not tell apart. */
function refuseUnsplit(name: string, { layout }: InspectedFile): void {
  if (layout.format === 'parquet' || !SEPARATORS.test(name)) return
  if (layout.format === 'jsonl' || layout.format === 'json') return
  throw refused(
    `The file has one column, whose name ${JSON.stringify(name.slice(0, 100))} looks like several; name what stands between them in the setting delimiter, or this column in the setting textColumn.`,
  )
}

/** Lets an only column of JSON through that has text in any of the first records: a list or an object is none. */
function withText(name: string, { records, layout }: InspectedFile, all: readonly string[]): string {
  if (layout.format !== 'jsonl' && layout.format !== 'json') return name
  if (records.some(({ fields }) => typeof fields?.[name] === 'string')) return name
  throw refused(
    `The column ${name} has no text in the first rows; the columns of the file are ${listed(all)}; name the one with the text in the setting textColumn, or write one record for each text.`,
  )
}

/** The column of this name that most records have; of several that are equally usual, none can be preferred. */
function pick(candidates: readonly Candidate[], folded: string, all: readonly string[]): string | undefined {
  const alike = candidates.filter((candidate) => candidate.folded === folded)
  const usual = alike.filter(({ share }) => share >= USUAL_SHARE)
  const [first, second] = usual.length > 0 ? usual : alike
  if (!second) return first?.name
  throw refused(
    `The file has the columns ${listed(alike.map(({ name }) => name))}, whose names are alike; its columns are ${listed(all)}; name the one with the text in the setting textColumn.`,
  )
}

function refused(message: string): AppError {
  return invalid('textColumn', message)
}

/** Names for a sentence, the first of many; one with a comma or a space at its end stands in quotes. */
export function listed(columns: readonly string[]): string {
  const shown = columns
    .slice(0, 20)
    .map((name) => (/,|^\s|\s$/.test(name) ? JSON.stringify(name) : name))
    .join(', ')
    .slice(0, 500)
  return columns.length > 20 ? `${shown} and ${columns.length - 20} more` : shown || 'none'
}
