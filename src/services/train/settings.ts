import * as v from 'valibot'
import { AppError } from '../../errors.ts'
import { repeatedKeyOf } from '../../formats/repeated-key.ts'
import { didYouMean } from '../../nearest.ts'
import { TRAIN_SETTINGS } from './keys.ts'

const name = v.pipe(
  v.string('a text'),
  v.trim(),
  v.minLength(1, 'a name'),
  v.maxLength(200, 'a shorter name'),
)
/** A file of the same folder: other folders belong to other jobs. */
const file = v.pipe(
  name,
  v.check((path) => !/[/\\]/.test(path) && path !== '.' && path !== '..', 'the name of a file beside it'),
)

/** What its owner writes in `learn.json`; everything may be left out, as on the command line. */
export const trainSettings = v.strictObject({
  /** An id or alias of the catalog. */
  model: v.optional(name),
  /** The file of pairs; the one called pairs.jsonl, pairs.csv or pairs.parquet when absent. */
  pairs: v.optional(file),
  /** The whole catalogue of labels; the file called labels.… when absent. */
  labels: v.optional(file),
  /** Pairs that must not get worse; the file called guard.… when absent. */
  guard: v.optional(file),
  /** What is learned: the table of a static model, or a map of queries or of both sides. */
  side: v.optional(v.picklist(['table', 'query', 'both'], 'one of table, query, both')),
  /** What the learned model is called, before its month. */
  name: v.optional(name),
  /** Writes the model although the report speaks against it, and says so in its manifest. */
  force: v.optional(v.boolean('true or false')),
})

/** A checked value of {@link trainSettings}. */
export type TrainSettings = v.InferOutput<typeof trainSettings>

const FIELDS = Object.keys(trainSettings.entries)

/**
 * The settings in the text of a `learn.json`; nothing but white space counts as `{}`.
 *
 * @throws AppError `invalid_request` that names the field, what it should be and what it is
 */
export function parseTrainSettings(text: string): TrainSettings {
  // Windows' Notepad begins what it saves as UTF-8 with a byte order mark.
  const json = text.replace(/^\uFEFF/, '').trim() || '{}'
  const value = parse(json)
  const twice = repeatedKeyOf(json)
  if (twice !== undefined) throw wrong(twice, `has the field ${twice.slice(0, 100)} twice; remove one.`)
  const result = v.safeParse(trainSettings, Array.isArray(value) ? null : value, { abortPipeEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  const field = issue.path?.map(({ key }) => String(key).slice(0, 100)).join('.')
  if (!field) throw wrong('', 'is no object; expected one such as {"model": "jobs"}; correct it.')
  if (!Object.hasOwn(trainSettings.entries, field)) {
    const remedy = didYouMean(field, FIELDS) || '; remove it.'
    throw wrong(field, `has the unknown field ${field}; expected ${FIELDS.join(', ')}${remedy}`)
  }
  const expected = issue.message.startsWith('Invalid ') ? issue.expected : issue.message
  const got = JSON.stringify(issue.input)?.slice(0, 60)
  throw wrong(field, `has ${got} in ${field}; expected ${expected}; correct it.`)
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (cause) {
    throw wrong('', 'is no JSON; expected an object such as {"model": "jobs"}; correct it.', cause)
  }
}

function wrong(field: string, problem: string, cause?: unknown): AppError {
  const details = { field: field === '' ? TRAIN_SETTINGS : field }
  return new AppError('invalid_request', `The file ${TRAIN_SETTINGS} ${problem}`, { details, cause })
}

/** The files of a job, by their names in its folder. */
interface TrainFiles {
  readonly pairs: string
  readonly labels: string | undefined
  readonly guard: string | undefined
}

const ENDINGS = ['jsonl', 'csv', 'parquet']

/**
 * Which of the files of a folder are meant: those that the settings name, or those that are called as the README has
 * it.
 *
 * @param present names of files in the folder
 * @throws AppError `invalid_request` when one that is named or needed is not there, or two could be meant
 */
export function chooseFiles(settings: TrainSettings, present: readonly string[]): TrainFiles {
  const choose = (role: keyof TrainFiles): string | undefined => {
    const named = settings[role]
    if (named !== undefined) {
      if (present.includes(named)) return named
      throw absent(role, `The file ${named}, which ${role} in ${TRAIN_SETTINGS} names, is not there`)
    }
    const usual = ENDINGS.map((ending) => `${role}.${ending}`).filter((path) => present.includes(path))
    if (usual.length < 2) return usual[0]
    const message = `There are ${usual.join(' and ')}; expected one of them; name it in ${TRAIN_SETTINGS} as "${role}".`
    throw new AppError('invalid_request', message, { details: { field: role } })
  }
  const pairs = choose('pairs')
  if (pairs !== undefined) return { pairs, labels: choose('labels'), guard: choose('guard') }
  throw absent('pairs', `There is no ${ENDINGS.map((ending) => `pairs.${ending}`).join(', ')}`)
}

function absent(role: string, what: string): AppError {
  const remedy = `upload it first and ${TRAIN_SETTINGS} last, which begins the job.`
  return new AppError('invalid_request', `${what}; ${remedy}`, { details: { field: role } })
}
