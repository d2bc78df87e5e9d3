import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import type { DerivedFile, Manifest } from '../../src/models/catalog/manifest.ts'
import { graphKey } from '../../src/models/runtime/session.ts'
import type { FlatFormat } from '../../src/tokenizer/file/flat-file.ts'
import { buildFlatUnigram } from '../../src/tokenizer/unigram/build.ts'
import { UNIGRAM } from '../../src/tokenizer/unigram/file.ts'
import { readWordPieceFile } from '../../src/tokenizer/word-piece/file.ts'
import { WORD_PIECE, writeFlatWordPiece } from '../../src/tokenizer/word-piece/flat.ts'
import { createWordPieceSubwords } from '../../src/tokenizer/word-piece/subwords.ts'
import { describeFile, sha256Of } from '../models/describe-file.ts'
import { shareWeights } from '../onnx/shared-weights.ts'
import { probeGraph, saveOptimizedGraph } from './graphs.ts'

/** Vectors of the optimized graph may differ from the plain one's by this much. */
const TOLERANCE = 1e-3
/** An optimized graph that has more of its own than this share of the plain one is not worth its place. */
const MOST_OWN_BYTES = 0.25

/** What was made beside a model's files, to be pinned in its manifest, and what was not, with the reason. */
export interface Derivation {
  readonly files: readonly DerivedFile[]
  readonly left: readonly { readonly path: string; readonly reason: string }[]
}

type Outcome = DerivedFile | { readonly path: string; readonly reason: string }

/**
 * Makes derived files of the model whose verified files lie in `folder`: the flat form of a WordPiece or Unigram
 * tokenizer, and the graph as this version of the runtime optimizes it. Each appears under its name when it is whole.
 * Measured: a process answers its first text after 107 ms, not 164, with the optimized MiniLM-L6; XLM-R's flat
 * tokenizer loads in a hundredth of the library's time and takes 10 MB of memory, not 172.
 */
export async function deriveFiles(manifest: Manifest, folder: string): Promise<Derivation> {
  const outcomes = [await deriveTokenizer(manifest, folder), await deriveGraph(manifest, folder)]
  return {
    files: outcomes.filter((outcome) => 'kind' in outcome),
    left: outcomes.filter((outcome) => 'reason' in outcome),
  }
}

async function deriveTokenizer(manifest: Manifest, folder: string): Promise<Outcome> {
  const path = manifest.tokenizer
  const json = await readFile(join(folder, path))
  const source = sha256Of(json)
  const built = flatten(json, source)
  if ('refused' in built) return { path, reason: built.refused }
  const target = withSuffix(path, built.format.name, '.flat')
  await writeWhole(join(folder, target), built.bytes)
  return { kind: 'tokenizer', key: built.format.name, source, ...describeFile(target, built.bytes) }
}

/** The flat form of a tokenizer.json, or why there is none. */
function flatten(
  json: Buffer,
  source: string,
): { format: FlatFormat; bytes: Uint8Array } | { refused: string } {
  const wordPiece = readWordPieceFile(json.toString('utf8'))
  if (wordPiece && createWordPieceSubwords(wordPiece, false)) {
    return { format: WORD_PIECE, bytes: writeFlatWordPiece(wordPiece, source) }
  }
  const unigram = buildFlatUnigram(json)
  return 'refused' in unigram ? unigram : { format: UNIGRAM, bytes: unigram.bytes }
}

async function deriveGraph(manifest: Manifest, folder: string): Promise<Outcome> {
  const path = manifest.graph
  const plainPath = join(folder, path)
  const key = await graphKey()
  const target = withSuffix(path, key, '.onnx')
  const draft = join(folder, `${target}.${process.pid}.draft`)
  try {
    await saveOptimizedGraph(plainPath, draft)
    const plain = await readFile(plainPath)
    const { bytes } = shareWeights(await readFile(draft), plain, basename(path))
    if (bytes.length > MOST_OWN_BYTES * plain.length) {
      return { path, reason: `its optimized form keeps ${bytes.length} bytes of its own` }
    }
    await writeFile(draft, bytes)
    const difference = await differenceOf(plainPath, draft, manifest.id)
    if (!(difference <= TOLERANCE)) return { path, reason: `its optimized form differs by ${difference}` }
    await rename(draft, join(folder, target))
    return { kind: 'graph', key, source: sha256Of(plain), ...describeFile(target, bytes) }
  } finally {
    await rm(draft, { force: true })
  }
}

/** The largest difference between two graphs' outputs; NaN when they cannot be compared. */
async function differenceOf(plain: string, optimized: string, model: string): Promise<number> {
  const [one, other] = [await probeGraph(plain, model, false), await probeGraph(optimized, model, true)]
  if (one.length === 0 || one.length !== other.length) return Number.NaN
  return one.reduce((most, value, index) => Math.max(most, Math.abs(value - other[index]!)), 0)
}

/** `onnx/model.onnx` → `onnx/model.<name><extension>`. */
function withSuffix(path: string, name: string, extension: string): string {
  const stem = basename(path, extname(path))
  return join(dirname(path), `${stem}.${name}${extension}`).replaceAll('\\', '/')
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.${process.pid}.draft`
  await writeFile(draft, bytes)
  await rename(draft, path)
}
