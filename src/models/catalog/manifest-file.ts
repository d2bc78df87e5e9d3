import * as v from 'valibot'
import { AppError } from '../../errors.ts'
import type { CatalogModel, DerivedFile, Manifest, ModelPin } from './manifest.ts'

/** A whole number from 1. */
export const positive = v.pipe(v.number(), v.integer(), v.minValue(1))
/** So many lower-case hex digits. */
export const hex = (digits: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${digits}}$`)))
/** A path below a model's folder: keys of a store never leave it. */
export const relativePath = v.pipe(v.string(), v.regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$)).+$/))

const file = { path: relativePath, bytes: positive, sha256: hex(64) }
/** A file whose size and hash a pull may find out. */
export const unpinnedFile = v.strictObject({
  path: relativePath,
  bytes: v.exactOptional(positive),
  sha256: v.exactOptional(hex(64)),
})
const derivedFile = v.strictObject({
  ...file,
  kind: v.picklist(['tokenizer', 'graph']),
  key: v.string(),
  source: hex(64),
})

/** An object by name: to valibot a list is one, too, whose keys are numbers. */
export const record = <Value extends v.GenericSchema>(value: Value) =>
  v.pipe(
    v.unknown(),
    v.check((found) => !Array.isArray(found), 'Invalid type: Expected Object but received Array'),
    v.record(v.string(), value),
  )

/** The hub's `owner/name`. */
export const repo = v.pipe(v.string(), v.regex(/^[\w.-]+\/[\w.-]+$/))

const chance = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
const sigmoid = { midpoint: v.number(), slope: v.number() }
const points = {
  points: v.pipe(
    v.array(v.strictTuple([v.number(), chance])),
    v.minLength(1),
    v.maxLength(1000),
    v.check(
      (list) => list.every(([score, value], at) => at === 0 || risesFrom(list[at - 1]!, score, value)),
      'expected scores that rise, with chances that never fall',
    ),
  ),
}
const measured = {
  pairs: v.exactOptional(record(v.union([v.strictObject(sigmoid), v.strictObject(points)]))),
  titles: v.exactOptional(record(v.pipe(v.number(), v.integer(), v.minValue(0)))),
}
const calibration = v.union([
  v.strictObject({ ...sigmoid, ...measured }),
  v.strictObject({ ...points, ...measured }),
])

function risesFrom([before, least]: readonly [number, number], score: number, value: number): boolean {
  return score > before && value >= least
}

const common = {
  id: v.pipe(v.string(), v.regex(/^[\w.-]+$/)),
  aliases: v.array(v.string()),
  task: v.picklist(['embed', 'rerank', 'generate']),
  repo,
  origin: v.exactOptional(repo),
  derived: v.exactOptional(v.array(derivedFile)),
  graph: relativePath,
  tokenizer: relativePath,
  precision: v.picklist(['float32', 'float16', 'int8', 'uint8', 'q4']),
  dimensions: positive,
  matryoshka: v.array(positive),
  pooling: v.picklist(['mean', 'cls', 'last-token']),
  normalize: v.boolean(),
  specialTokens: v.boolean(),
  dropUnknown: v.boolean(),
  lowercase: v.exactOptional(v.boolean()),
  prompts: record(v.string()),
  similarity: v.picklist(['cosine', 'dot']),
  acceptsTokenIds: v.exactOptional(v.boolean()),
  calibration: v.exactOptional(calibration),
  license: v.string(),
  languages: v.array(v.string()),
  canaries: v.array(
    v.strictObject({
      text: v.string(),
      documents: v.exactOptional(v.array(v.string())),
      values: v.array(v.number()),
    }),
  ),
  deprecated: v.exactOptional(v.strictObject({ reason: v.string(), replacement: v.string() })),
  graphFrom: v.exactOptional(
    v.union([
      v.strictObject({ kind: v.literal('model2vec'), ...unpinnedFile.entries }),
      v.strictObject({ kind: v.literal('export'), repo }),
    ]),
  ),
}

const heads = record(v.strictObject({ path: relativePath, activation: v.picklist(['identity', 'tanh']) }))

/** A manifest with every field of a model that can be loaded. */
export const manifestSchema = v.strictObject({
  ...common,
  revision: hex(40),
  maxTokens: positive,
  heads: v.exactOptional(heads),
  files: v.array(v.strictObject(file)),
})

const catalogModel = v.strictObject({
  ...common,
  revision: v.exactOptional(hex(40)),
  maxTokens: v.exactOptional(positive),
  heads: v.exactOptional(v.union([v.literal('from-repository'), heads])),
  files: v.array(unpinnedFile),
})

const modelPin = v.strictObject({
  revision: hex(40),
  maxTokens: positive,
  heads: v.exactOptional(heads),
  files: v.array(v.strictObject(file)),
  derived: v.array(derivedFile),
})

/** What a catalog file is: a list of models. Its JSON Schema is docs/catalog.schema.json. */
export const catalogSchema = v.array(catalogModel)

/**
 * The manifests of a JSON file: a list with every field of {@link Manifest}.
 *
 * @param name how errors call the file
 * @throws AppError `invalid_request` that names the file and the first wrong field
 */
export function parseManifests(text: string, name: string): Manifest[] {
  return parseAs(v.array(manifestSchema), text, name)
}

/**
 * The models of a catalog: manifests of which what is not known is left out.
 *
 * @param name how errors call the file
 * @throws AppError `invalid_request` that names the file and the first wrong field
 */
export function parseCatalog(text: string, name: string): CatalogModel[] {
  return parseAs(catalogSchema, text, name)
}

/**
 * What pulls found out about which model, by id: `models.lock.json`.
 *
 * @param name how errors call the file
 * @throws AppError `invalid_request` that names the file and the first wrong field
 */
export function parsePins(text: string, name: string): Readonly<Record<string, ModelPin>> {
  return parseAs(record(modelPin), text, name)
}

/**
 * What was derived for which model, by id: the outcome of `deriveFiles`, as `npm run build:layers` records it.
 *
 * @param name how errors call the file
 * @throws AppError `invalid_request` that names the file and the first wrong field
 */
export function parseDerived(text: string, name: string): Readonly<Record<string, readonly DerivedFile[]>> {
  return parseAs(record(v.array(derivedFile)), text, name)
}

/**
 * The value of a JSON text that has a schema.
 *
 * @param name how errors call the file
 * @throws AppError `invalid_request` that names the file and the first wrong field
 */
export function parseAs<Schema extends v.GenericSchema>(
  schema: Schema,
  text: string,
  name: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, parseJson(text, name), { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  const field = v.getDotPath(issue) ?? 'the whole'
  throw wrongFile(name, `has a wrong field at ${field}: ${issue.message}`)
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw wrongFile(name, 'is not JSON', cause)
  }
}

function wrongFile(name: string, problem: string, cause?: unknown): AppError {
  return new AppError(
    'invalid_request',
    `The catalog ${name} ${problem}; expected manifests as in src/models/catalog/catalog.json, or the record of npm run models -- pull or npm run build:layers.`,
    { details: { field: 'MODEL_CATALOG' }, cause },
  )
}
