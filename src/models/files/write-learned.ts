import { createHash } from 'node:crypto'
import { type Context, createContext } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { writeSafeTensors } from '../../formats/safetensors.ts'
import type { WritableStore } from '../../storage/store.ts'
import type { Matrix } from '../../vector/matrix.ts'
import { parseFolderManifest } from '../catalog/folder-manifest.ts'
import { ADAPTER_FILE, ADAPTER_TENSOR, FOLDER_ID, isAdapted, MANIFEST_FILE } from '../catalog/learned.ts'
import type { Canary, Learned, Manifest, ManifestFile } from '../catalog/manifest.ts'
import { vectorRevision } from '../catalog/manifest.ts'

/** A static model with another table: its graph, and the base's own tokenizer. */
interface LearnedTable {
  readonly side: 'table' | 'distilled'
  /** The ONNX graph with the new table, and its number format where that is not the base's. */
  readonly graph: Uint8Array
  readonly precision?: Manifest['precision']
  /** The text of tokenizer.json in UTF-8. */
  readonly tokenizer: Uint8Array
}

/** A linear map behind the base's vectors: of queries alone, or of all texts. */
interface LearnedMap {
  readonly side: 'query' | 'both'
  /** `[dimensions, dimensions]`, row-major: a vector v becomes v · map. Lengths do not matter. */
  readonly map: Matrix
}

/** What was learned, and from what. */
export interface LearnedModel {
  /** Such as `jobs.acme`; the month of `date` is put behind it, so that the model's id is `jobs.acme-2026-11`. */
  readonly name: string
  /** The model that it was learned on, as it was used. */
  readonly base: Manifest
  readonly made: LearnedTable | LearnedMap
  /** Hash of the pairs and counts alone: texts never leave the machine. */
  readonly data: Learned['data']
  readonly date: Date
  /** Whether the report spoke against it. */
  readonly forced: boolean
  /** The report, an object that JSON can hold; written beside the model. */
  readonly report?: object
  /** Texts with the first values of their vectors by the new model, each embedded without a role. */
  readonly canaries: readonly Canary[]
  /** Fields that differ from the base's, such as its calibration; absent ones that cannot hold are left out. */
  readonly changes?: Partial<
    Pick<
      Manifest,
      | 'calibration'
      | 'dimensions'
      | 'matryoshka'
      | 'maxTokens'
      | 'languages'
      | 'license'
      | 'prompts'
      | 'pooling'
      | 'specialTokens'
      | 'dropUnknown'
    >
  >
}

const REPORT_FILE = 'report.json'
const GRAPH = 'model.onnx'
const TOKENIZER = 'tokenizer.json'

/**
 * Writes a learned model as `<id>/…` into a store (a folder or a bucket's prefix that MODEL_SOURCES names), its
 * `manifest.json` last: where that is, the rest is. What is there under the same id is replaced.
 *
 * The format: of side `table` and `distilled` a whole model (`model.onnx`, `tokenizer.json`); of side `query` and `both`
 * `adapter.safetensors` alone (tensor `linear.weight` f32 [d, d], y = W · x, with base, revision and side in its
 * metadata), and the manifest lists the base's files with their hashes. `report.json` beside either. Served, listed,
 * verified and pushed as it lies; see docs/models.md.
 *
 * @returns the manifest as it was written
 * @throws AppError `invalid_request` for a name that no folder can have, a base that is adapted itself, or a map of
 * another size; and as the store does
 */
export async function writeLearned(
  model: LearnedModel,
  store: Pick<WritableStore, 'write'>,
  context: Context = createContext(),
): Promise<Manifest> {
  const { manifest, files } = describeLearned(model)
  for (const [path, bytes] of Object.entries(files)) {
    await store.write(`${manifest.id}/${path}`, bytes, { metadata: { sha256: hashOf(bytes) } }, context)
  }
  const text = `${JSON.stringify(manifest, null, 2)}\n`
  // What is written must be readable again.
  parseFolderManifest(text, manifest.id, MANIFEST_FILE)
  await store.write(`${manifest.id}/${MANIFEST_FILE}`, Buffer.from(text), {}, context)
  return manifest
}

/** The id of a learned model: the name, and the month unless the name ends with one. */
export function learnedId(name: string, date: Date): string {
  const id = /-\d{4}-\d{2}$/.test(name) ? name : `${name}-${date.toISOString().slice(0, 7)}`
  if (FOLDER_ID.test(id)) return id
  throw new AppError(
    'invalid_request',
    `The name of the learned model is ${JSON.stringify(name.slice(0, 120))}; expected letters, digits, ".", "_" and "-", 92 at most, such as jobs.acme.`,
    { details: { field: 'name' } },
  )
}

function describeLearned(model: LearnedModel): {
  readonly manifest: Manifest
  readonly files: Readonly<Record<string, Uint8Array>>
} {
  const { base, made, data, date, forced, report, changes } = model
  const id = learnedId(model.name, date)
  const main = 'map' in made ? { [ADAPTER_FILE]: encodeMap(base, made) } : tableFiles(made)
  const reported = report && { [REPORT_FILE]: Buffer.from(`${JSON.stringify(report, null, 2)}\n`) }
  const files: Readonly<Record<string, Uint8Array>> = { ...main, ...reported }
  const written = Object.entries(files).map(([path, bytes]) => describe(path, bytes))
  // A base that was learned itself has a report of its own.
  const kept = base.files.filter(({ path }) => path !== base.learned?.report)
  const all = 'map' in made ? [...kept, ...written] : written
  const learned: Learned = {
    side: made.side,
    base: base.id,
    revision: vectorRevision(base),
    data,
    date: date.toISOString().slice(0, 10),
    ...(forced && { forced: true }),
    ...(report && { report: REPORT_FILE }),
  }
  const manifest: Manifest = {
    ...keptFields(base, made),
    ...changes,
    id,
    aliases: [],
    repo: `serverless-embeddings/${id}`,
    revision: revisionOf(learned, all),
    files: all,
    canaries: model.canaries,
    learned,
  }
  return { manifest, files }
}

/** What a learned model has of its base: not what was measured or published of the base itself. */
function keptFields(base: Manifest, made: LearnedModel['made']): Manifest {
  const { calibration: _, derived: __, deprecated: ___, graphFrom: ____, origin: _____, ...kept } = base
  if ('map' in made) return kept
  const { heads: ______, ...plain } = kept
  return { ...plain, graph: GRAPH, tokenizer: TOKENIZER, precision: made.precision ?? base.precision }
}

function describe(path: string, bytes: Uint8Array): ManifestFile {
  return { path, bytes: bytes.length, sha256: hashOf(bytes) }
}

/** Two models with the same files differ still when one adapts queries alone: the side counts, the report does not. */
function revisionOf({ side, base, revision, report }: Learned, files: readonly ManifestFile[]): string {
  const lines = files.flatMap(({ path, sha256 }) => (path === report ? [] : [`${path} ${sha256}\n`]))
  return hashOf(Buffer.from(`${side} ${base} ${revision}\n${lines.join('')}`)).slice(0, 40)
}

function tableFiles({ graph, tokenizer }: LearnedTable): Record<string, Uint8Array> {
  return { [GRAPH]: graph, [TOKENIZER]: tokenizer }
}

function encodeMap(base: Manifest, { map, side }: LearnedMap): Uint8Array {
  const size = base.dimensions
  if (isAdapted(base)) {
    throw new AppError(
      'invalid_request',
      `Model ${base.id} is adapted already; learn on its base ${base.learned.base}.`,
      {
        details: { field: 'model' },
      },
    )
  }
  if (map.rows !== size || map.columns !== size || map.data.length !== size * size) {
    const got = `${map.rows} × ${map.columns}`
    throw new AppError(
      'invalid_request',
      `The map of ${base.id} is ${got}; expected ${size} × ${size}, as its vectors are long.`,
    )
  }
  const weight = new Float32Array(size * size)
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) weight[column * size + row] = map.data[row * size + column]!
  const metadata = { base: base.id, revision: vectorRevision(base), side }
  return writeSafeTensors({ [ADAPTER_TENSOR]: { shape: [size, size], data: weight } }, metadata)
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
