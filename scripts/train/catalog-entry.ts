import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { embedBags } from '../../src/learning/bags.ts'
import type { Manifest, ManifestFile } from '../../src/models/catalog/manifest.ts'
import type { Matrix } from '../../src/vector/matrix.ts'
import { blankManifest } from '../models/blank-manifest.ts'
import { describeFile, sha256Of } from '../models/describe-file.ts'

/** The id of the bundled model. */
export const MODEL_ID = 'jobs-static-2'

/** The columns are in the order of what texts differ by most: any number of the first ones is a smaller model. */
const MATRYOSHKA = [256, 192, 128, 64]

const CANARIES = ['Registered nurse, intensive care', '软件工程师']
const CANARY_VALUES = 8
/** A text of 8,192 pieces is some ten pages: beyond that a mean says little. */
const MAX_TOKENS = 8192

/** Writes the model's manifest into the catalog, first of all models, and returns it. */
export async function updateCatalog(
  {
    out,
    catalog,
    dimensions,
  }: { readonly out: string; readonly catalog: string; readonly dimensions: number },
  idsOf: (text: string) => Int32Array,
  table: Matrix,
): Promise<Manifest> {
  const files = ['model.onnx', 'tokenizer.json'].map((path) =>
    describeFile(path, readFileSync(join(out, path))),
  )
  const { units } = embedBags(table, CANARIES.map(idsOf))
  const canaries = CANARIES.map((text, row) => ({
    text,
    values: Array.from(units.data.subarray(row * dimensions, row * dimensions + CANARY_VALUES), (value) =>
      Number(value.toFixed(6)),
    ),
  }))
  const manifest = blankManifest({
    id: MODEL_ID,
    aliases: ['jobs-static', 'jobs'],
    revision: revisionOf(files),
    files,
    precision: 'int8',
    dimensions,
    matryoshka: MATRYOSHKA,
    maxTokens: MAX_TOKENS,
    specialTokens: false,
    dropUnknown: true,
    license: 'CC-BY-SA-4.0',
    languages: ['en', 'zh'],
    canaries,
  })
  const others = existsSync(catalog)
    ? (JSON.parse(readFileSync(catalog, 'utf8')) as Manifest[]).filter(({ id }) => id !== MODEL_ID)
    : []
  writeFileSync(catalog, `${JSON.stringify([manifest, ...others], null, 2)}\n`)
  return manifest
}

/**
 * The revision of a model that is on no hub: the head of a SHA-256 over the lines `path sha256` of its files, since a
 * change of either the graph or the tokenizer changes vectors. 40 hex digits.
 */
export function revisionOf(files: readonly ManifestFile[]): string {
  const lines = files.map(({ path, sha256 }) => `${path} ${sha256}\n`)
  return sha256Of(lines.join('')).slice(0, 40)
}
