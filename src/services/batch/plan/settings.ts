import * as v from 'valibot'
import { AppError } from '../../../errors.ts'
import { FILE_FORMATS, UNCLOSED_QUOTE } from '../../../formats/file-layout.ts'
import { repeatedKeyOf } from '../../../formats/repeated-key.ts'
import { didYouMean } from '../../../nearest.ts'
import { ENCODINGS } from '../../../vector/encoding.ts'

/** Share of them that may fail where the settings do not say. */
export const MAX_ERROR_SHARE = 0.5

/** What can be made of a file. */
export const JOB_KINDS = ['embed', 'match', 'collection'] as const
/** How an input file may be packed. */
const COMPRESSIONS = ['none', 'gzip', 'zstd'] as const
/** Formats of the shards that a job writes. */
export const OUTPUT_FORMATS = ['jsonl', 'parquet'] as const

/** What may become of a row of which the model knows no token. */
const UNKNOWN_ROWS = ['keep', 'error'] as const

/** What may become of an id that occurs again. */
const REPEATED_IDS = ['refuse', 'last'] as const

const name = v.pipe(v.string(), v.trim(), v.minLength(1, 'a name'), v.maxLength(512, 'a shorter name'))
const count = (most: number) =>
  v.pipe(
    v.number(),
    v.integer('a whole number'),
    v.minValue(1, 'a number of at least 1'),
    v.maxValue(most, `a number of at most ${most}`),
  )
const oneOf = <const T extends readonly string[]>(values: T) =>
  v.picklist(values, `one of ${values.join(', ')}`)

/** As many as a request may have judged. */
const MOST_JUDGED = 50

/** Settings of a job as its owner writes them in `<object>.job.json`; everything may be left out. */
export const jobSettings = v.strictObject({
  job: v.optional(oneOf(JOB_KINDS)),
  /** An id or alias of the catalog. */
  model: v.optional(name),
  role: v.optional(oneOf(['query', 'document'])),
  dimensions: v.optional(count(65_536)),
  normalize: v.optional(v.boolean('true or false')),
  truncate: v.optional(v.union([v.picklist(['end', 'start']), v.literal(false)], '"end", "start" or false')),
  deterministic: v.optional(v.boolean('true or false')),
  /** The column with the text; found by convention when absent. */
  textColumn: v.optional(name),
  /** Columns that are kept beside the vector: all but the text when absent. */
  keepColumns: v.optional(v.union([v.boolean(), v.array(name)], 'true, false or a list of names')),
  format: v.optional(oneOf(FILE_FORMATS)),
  compression: v.optional(oneOf(COMPRESSIONS)),
  /** The encoding of a text, by a label of `TextDecoder`; found out when absent. */
  charset: v.optional(name),
  /** Between the fields of a table in text: one ASCII character; found out when absent. */
  delimiter: v.optional(
    v.pipe(
      v.string(),
      v.transform((text) => (text === 'tab' || text === '\\t' ? '\t' : text)),
      v.check(isDelimiter, 'one ASCII character such as ";", or "tab"'),
    ),
  ),
  /** What a quote that is never closed does: it ends the job (`fail`) or only its own row, at the end of the line. */
  unclosedQuote: v.optional(oneOf(UNCLOSED_QUOTE)),
  output: v.optional(oneOf(OUTPUT_FORMATS)),
  encoding: v.optional(oneOf(ENCODINGS)),
  /** Most records in one output shard. */
  shardRows: v.optional(count(1_000_000)),
  /** The collection to search or to build. */
  collection: v.optional(name),
  /** What an id that occurs again among the rows of a collection does: it ends the job, or the last row counts. */
  repeatedIds: v.optional(oneOf(REPEATED_IDS)),
  /** Matches kept for each row of a `match` job. */
  top: v.optional(count(1000)),
  /** A language model orders the best matches of each row of a `match` job anew. */
  judge: v.optional(
    v.strictObject(
      {
        model: v.optional(name),
        top: v.optional(count(MOST_JUDGED)),
        quotes: v.optional(v.boolean('true or false')),
      },
      'an object such as {"top": 10}, with any of model, top and quotes',
    ),
  ),
  /** Contact details that a `match` job blanks, and fields of the collection that its judge does not read. */
  redact: v.optional(v.union([v.boolean(), v.array(name)], 'true, false or a list of names')),
  /** What becomes of rows of which the model knows no token: rows with a mark, or error rows, as always in a collection. */
  unknown: v.optional(oneOf(UNKNOWN_ROWS)),
  /** Share of the first thousand rows that may fail before the job does; 1 lets them all. */
  maxErrorShare: v.optional(
    v.pipe(
      v.number('a number of 0 to 1'),
      v.minValue(0, 'a number of 0 to 1'),
      v.maxValue(1, 'a number of 0 to 1'),
    ),
  ),
})

/** A checked value of {@link jobSettings}. */
export type JobSettings = v.InferOutput<typeof jobSettings>

const FIELDS = Object.keys(jobSettings.entries)

/**
 * The settings in the text of a sidecar.
 *
 * @throws AppError `invalid_request` that names the sidecar, the field, what it should be and what it is
 */
export function parseSidecar(text: string, key: string): JobSettings {
  // Windows' Notepad begins what it saves as UTF-8 with a byte order mark.
  const json = text.replace(/^\uFEFF/, '')
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    throw wrong(key, 'are no JSON; expected an object such as {"model": "jobs-static"}; correct them.', cause)
  }
  const twice = repeatedKeyOf(json)
  if (twice !== undefined) {
    throw wrong(
      key,
      `have the field ${twice.slice(0, 100)} twice, of which only the last would count; remove one.`,
    )
  }
  return check(value, key)
}

/**
 * The settings in an object's own metadata, where names have dashes (`text-column`) and values are texts. Other names
 * belong to other programs and are ignored.
 *
 * @throws AppError as {@link parseSidecar} does
 */
export function parseMetadata(metadata: Readonly<Record<string, string>>, key: string): JobSettings {
  const settings: Record<string, unknown> = {}
  for (const [dashed, text] of Object.entries(metadata)) {
    const field = FIELDS.find((known) => known.toLowerCase() === dashed.replaceAll('-', '').toLowerCase())
    if (field) settings[field] = readValue(text)
  }
  return check(settings, `the metadata of ${key}`)
}

/**
 * One setting that a command line gives.
 *
 * @param option the option that gave it, as its user wrote it
 * @throws AppError as {@link parseSidecar} does
 */
export function parseOption(name: string, value: unknown, option: string): JobSettings {
  return check(Object.fromEntries([[name, value]]), `the option ${option}`)
}

/** `true`, `12`, `["a"]` and `{"top": 5}` are read as JSON, everything else is the text itself. */
function readValue(text: string): unknown {
  if (!/^(true|false|\d+(\.\d+)?|\[.*\]|\{.*\})$/s.test(text)) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function check(value: unknown, where: string): JobSettings {
  const result = v.safeParse(jobSettings, Array.isArray(value) ? null : value, { abortPipeEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  const field = issue.path?.map(({ key }) => String(key).slice(0, 100)).join('.')
  if (!field)
    throw wrong(where, 'are no object; expected one such as {"model": "jobs-static"}; correct them.')
  if (!Object.hasOwn(jobSettings.entries, field) && !issue.path?.[1]) {
    const remedy = didYouMean(field, FIELDS) || '; remove it.'
    throw wrong(where, `have the unknown field ${field}; expected ${FIELDS.join(', ')}${remedy}`)
  }
  const expected = issue.message.startsWith('Invalid ') ? issue.expected : issue.message
  throw wrong(
    where,
    `have ${JSON.stringify(issue.input)?.slice(0, 60)} in ${field}; expected ${expected}; correct it.`,
  )
}

function wrong(where: string, problem: string, cause?: unknown): AppError {
  return new AppError('invalid_request', `The job settings in ${where} ${problem}`, {
    details: { field: where },
    cause,
  })
}

/** Hive parts fields by the control character 1; those that end lines part nothing. */
function isDelimiter(text: string): boolean {
  return /^[ !#-~]$/.test(text) || (text.length === 1 && text < ' ' && !/[\r\n]/.test(text))
}
