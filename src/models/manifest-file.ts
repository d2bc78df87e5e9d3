import * as v from 'valibot'
import { AppError } from '../errors.ts'
import type { DerivedFile, Manifest } from './manifest.ts'

const positive = v.pipe(v.number(), v.integer(), v.minValue(1))
const hex = (digits: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${digits}}$`)))
/** Keys of a store never leave it. */
const relativePath = v.pipe(v.string(), v.regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$)).+$/))

const file = { path: relativePath, bytes: positive, sha256: hex(64) }
const derivedFile = v.strictObject({
  ...file,
  kind: v.picklist(['tokenizer', 'graph']),
  key: v.string(),
  source: hex(64),
})

const manifest = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^[\w.-]+$/)),
  aliases: v.array(v.string()),
  task: v.picklist(['embed', 'rerank', 'generate']),
  repo: v.string(),
  revision: hex(40),
  files: v.array(v.strictObject(file)),
  derived: v.exactOptional(v.array(derivedFile)),
  graph: relativePath,
  tokenizer: relativePath,
  precision: v.picklist(['float32', 'float16', 'int8', 'uint8', 'q4']),
  dimensions: positive,
  matryoshka: v.array(positive),
  maxTokens: positive,
  pooling: v.picklist(['mean', 'cls', 'last-token']),
  normalize: v.boolean(),
  specialTokens: v.boolean(),
  dropUnknown: v.boolean(),
  prompts: v.record(v.string(), v.string()),
  similarity: v.picklist(['cosine', 'dot']),
  calibration: v.exactOptional(v.strictObject({ midpoint: v.number(), slope: v.number() })),
  license: v.string(),
  languages: v.array(v.string()),
  canaries: v.array(v.strictObject({ text: v.string(), values: v.array(v.number()) })),
})

/**
 * The manifests of a JSON file: a list with every field of {@link Manifest}.
 *
 * @param name how errors call the file
 * @throws AppError `invalid_request` that names the file and the first wrong field
 */
export function parseManifests(text: string, name: string): Manifest[] {
  return parseAs(v.array(manifest), text, name)
}

/**
 * What was derived for which model, by id: the outcome of `deriveFiles`, as `npm run build:layers` records it.
 *
 * @param name how errors call the file
 * @throws AppError `invalid_request` that names the file and the first wrong field
 */
export function parseDerived(text: string, name: string): Readonly<Record<string, readonly DerivedFile[]>> {
  return parseAs(v.record(v.string(), v.array(derivedFile)), text, name)
}

/** The manifests with the derived files of `record` pinned in them. */
export function withDerived(
  manifests: readonly Manifest[],
  record: Readonly<Record<string, readonly DerivedFile[]>>,
): Manifest[] {
  return manifests.map((manifest) => {
    const derived = [...(manifest.derived ?? []), ...(record[manifest.id] ?? [])]
    return derived.length === 0 ? manifest : { ...manifest, derived }
  })
}

function parseAs<Schema extends v.GenericSchema>(
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
    `The catalog ${name} ${problem}; expected manifests as in src/models/catalog.json, or derived files as npm run build:layers records them.`,
    { details: { field: 'MODEL_CATALOG' }, cause },
  )
}
