import { openLocalApi } from '../console/local-api.ts'
import { readNumber, UsageError } from '../console/options.ts'
import { FILE_OPTIONS, readFileOptions } from '../console/rows.ts'
import type { Tool, ToolValues } from '../console/tool.ts'
import { readArguments } from '../console/tool-arguments.ts'
import { type RowDocument, readDocuments, readJobs } from './documents.ts'
import { readList, readObject } from './options.ts'
import { type MatchOptions, type RankedJobs, rankDocuments } from './ranking.ts'
import { describeRanking, type LeftRow } from './report.ts'

/** Rows that are kept with the reason why they were not compared. */
const MOST_LEFT = 1000
/** Columns where output goes to no terminal. */
const USUAL_WIDTH = 120

const SHAPE = {
  name: 'match',
  summary:
    'Ranks the candidates of a file for a job and says why, in a table; on this machine, without a server.',
  usage: ['[option …] <job file> <candidates file>', '[option …] --text <job> <candidates file>'],
  options: {
    text: { value: '<job>', help: 'the job as a text, in the place of a file' },
    top: { value: '<number>', default: '10', help: 'candidates to show for each job, 1,000 at most' },
    threshold: { value: '<score>', help: 'shows no lower score (default none)' },
    filters: {
      value: '<json>',
      help: `as of POST /match: '{"years": {"min": 3}}', '{"城市": {"in": ["上海"]}}'`,
    },
    weights: { value: '<json>', help: `compares these fields one by one: '{"title": 0.7, "skills": 0.3}'` },
    model: { value: '<id or alias>', help: 'of "models list" (default DEFAULT_MODEL, else jobs-static)' },
    rerank: { value: '<id or alias>', help: 'a cross-encoder that reads the best again' },
    redact: {
      help: 'blanks e-mail addresses, telephone, identity and account numbers before anything is embedded',
    },
    drop: {
      value: '<fields>',
      help: 'leaves fields out, with commas: age,photo; and blanks as --redact does',
    },
    evidence: {
      value: '<number>',
      default: '1',
      help: 'passages that agree, shown for each candidate: 0 to 3',
    },
    ...FILE_OPTIONS,
    json: { help: 'prints everything as JSON' },
    width: { value: '<columns>', help: `of the table (default the terminal's, else ${USUAL_WIDTH})` },
  },
  examples: [
    'docs/examples/job.json docs/examples/resumes.csv',
    '--text "招聘重症监护护士，三年以上经验" docs/examples/resumes.csv --top 3',
    `job.txt resumes.jsonl --filters '{"years": {"min": 3}}' --drop age,photo --json > ranked.json`,
  ],
  notes: [
    'Files: .csv, .tsv, .jsonl, .json, .parquet, .txt (a candidate a line; a job file of text is one job), .md (one candidate or job), also packed by gzip or zstd; UTF-8, UTF-16 or GB18030/GBK. --format, --charset and --delimiter are about the file of candidates.',
    'Columns: id, title, skills (in one cell with commas), years, location, name, email, phone, or in Chinese 编号, 职位, 技能, 工作年限, 城市, 姓名, 邮箱, 电话; any other text is compared. Name, place, address, years and numbers are filtered on, never compared.',
    'A score is a help to the person who decides, not a decision.',
  ],
} as const

/** `npm run match`: who fits a job best, and why. */
export const matchTool: Tool = {
  shape: SHAPE,
  async run(args, root) {
    const { values, positionals } = readArguments<typeof SHAPE.options>(SHAPE, args)
    const { job: jobFile, candidates: file } = filesOf(positionals, values.text)
    const options = optionsOf(values)
    const evidence = readNumber('--evidence', values.evidence, { least: 0, most: 3, whole: true })
    const width =
      values.width === undefined
        ? (process.stdout.columns ?? USUAL_WIDTH)
        : readNumber('--width', values.width, { least: 40, whole: true })
    const notes = createNotes()
    const jobs = await jobsOf(values.text, jobFile, notes)
    const api = openLocalApi(root)
    try {
      const rows = readDocuments(file, readFileOptions(values), notes)
      const ranking = await rankDocuments(api, jobs, rows, options)
      notes.say(ranking)
      console.log(
        values.json
          ? jsonOf({ ...ranking, ...notes.rows() })
          : describeRanking({ ...ranking, ...notes.rows() }, { width, evidence }),
      )
    } finally {
      await api.close()
    }
    return 0
  },
}

function filesOf(positionals: readonly string[], text: string | undefined) {
  const [first, second, more] = positionals
  if (text !== undefined && first !== undefined && second === undefined)
    return { job: undefined, candidates: first }
  if (text === undefined && first !== undefined && second !== undefined && more === undefined)
    return { job: first, candidates: second }
  throw new UsageError(
    text === undefined
      ? `There are ${positionals.length} files; expected two: that of the job, and that of the candidates.`
      : `There are --text and ${positionals.length} files; expected one: that of the candidates.`,
  )
}

function optionsOf(values: ToolValues<typeof SHAPE.options>): MatchOptions {
  const { model, threshold, drop, rerank } = values
  return {
    topK: readNumber('--top', values.top, { least: 1, most: 1000, whole: true }),
    model,
    filters: readObject('--filters', values.filters, '{"years": {"min": 3}}'),
    weights: readObject('--weights', values.weights, '{"title": 0.7, "skills": 0.3}'),
    threshold:
      threshold === undefined ? undefined : readNumber('--threshold', threshold, { least: -1e6, most: 1e6 }),
    rerank: rerank === undefined ? undefined : { model: rerank },
    redact: readList(drop) ?? (values.redact || undefined),
  }
}

async function jobsOf(
  text: string | undefined,
  file: string | undefined,
  notes: ReturnType<typeof createNotes>,
): Promise<readonly RowDocument[]> {
  if (file !== undefined) return readJobs(file, {}, notes)
  if (!text?.trim()) throw new UsageError('--text is empty; expected what the job is.')
  return [{ place: '--text', id: 'job', fields: { text } }]
}

/** What is told beside the ranking. */
function createNotes() {
  const renamed = new Map<string, string>()
  const kept: LeftRow[] = []
  let count = 0
  return {
    renamed: (column: string, field: string) => void renamed.set(column, field),
    left(place: string, reason: string): void {
      count++
      if (kept.length < MOST_LEFT) kept.push({ place, reason })
    },
    rows: () => ({ left: kept, leftCount: count }),
    say({ warnings }: RankedJobs): void {
      const pairs = [...renamed].map(([column, field]) => `${column} as ${field}`)
      if (pairs.length > 0) console.error(`Note: read ${pairs.join(', ')}.`)
      for (const warning of warnings) console.error(`Note: ${warning}`)
    },
  }
}

/** Everything, with the fields of each candidate as they were read. */
function jsonOf({
  jobs,
  excluded,
  ...rest
}: RankedJobs & ReturnType<ReturnType<typeof createNotes>['rows']>): string {
  return JSON.stringify({
    ...rest,
    jobs: jobs.map(({ job, ranked }) => ({
      job: job.id,
      results: ranked.map(({ document, result: { index, ...result } }, place) => ({
        rank: place + 1,
        ...result,
        id: document.id,
        place: document.place,
        fields: document.fields,
      })),
    })),
    excluded: excluded.map(({ document: { id, place }, reason }) => ({ id, place, reason })),
  })
}
