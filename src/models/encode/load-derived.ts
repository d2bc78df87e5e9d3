import { AppError } from '../../errors.ts'
import { loadFlatTokenizer, loadTokenizer, type Tokenizer } from '../../tokenizer/tokenizer.ts'
import { UNIGRAM } from '../../tokenizer/unigram/file.ts'
import { WORD_PIECE } from '../../tokenizer/word-piece/flat.ts'
import type { DerivedFile, Manifest } from '../catalog/manifest.ts'
import type { Artifacts } from '../files/artifacts.ts'
import { verifyExternalWeights } from '../files/external-weights.ts'
import { graphKey } from '../runtime/session.ts'

/** A graph to load, and whether the runtime's optimizations are in it already. */
interface VerifiedGraph {
  readonly path: string
  readonly optimized: boolean
}

/**
 * The model's graph: the one that was optimized by this version of the runtime where the manifest lists it and the
 * source has it, else the plain one. Both lie on this disk, and the SHA-256 of each has just been checked: the
 * optimized graph takes its weights from the plain one's file. So has every other file that the graph names.
 *
 * @throws AppError `artifact_missing`, `artifact_corrupt`
 */
export async function verifiedGraph(manifest: Manifest, artifacts: Artifacts): Promise<VerifiedGraph> {
  const plain = await artifacts.verifiedPath(manifest.graph)
  const file = await matchingGraph(manifest)
  const path = file && (await unlessAbsent(artifacts.verifiedPath(file.path)))
  await verifyExternalWeights(
    manifest,
    artifacts,
    path ? { path, file: file!.path } : { path: plain, file: manifest.graph },
  )
  return path === undefined ? { path: plain, optimized: false } : { path, optimized: true }
}

async function matchingGraph(manifest: Manifest): Promise<DerivedFile | undefined> {
  // Without one there is no reason to load the runtime before the graph is hashed.
  if (!manifest.derived?.some(({ kind }) => kind === 'graph')) return undefined
  return findDerived(manifest, 'graph', manifest.graph, await graphKey())
}

/**
 * The model's tokenizer: from its flat form where the manifest lists one that this version reads and the source
 * has it, else from its tokenizer.json.
 *
 * @throws AppError `artifact_missing`, `artifact_corrupt`
 */
export async function loadModelTokenizer(manifest: Manifest, artifacts: Artifacts): Promise<Tokenizer> {
  const [file] = [WORD_PIECE, UNIGRAM].flatMap(
    ({ name }) => findDerived(manifest, 'tokenizer', manifest.tokenizer, name) ?? [],
  )
  const bytes = file && (await unlessAbsent(artifacts.verifiedBytes(file.path)))
  if (file && bytes) return loadFlatTokenizer(bytes, file.source, manifest)
  return loadTokenizer(await artifacts.verifiedText(manifest.tokenizer), manifest)
}

/** The derived file for a reader with this key, made from the file that the manifest has now. */
function findDerived(
  manifest: Manifest,
  kind: DerivedFile['kind'],
  from: string,
  key: string,
): DerivedFile | undefined {
  const source = manifest.files.find((file) => file.path === from)?.sha256
  return manifest.derived?.find((file) => file.kind === kind && file.key === key && file.source === source)
}

async function unlessAbsent<Value>(value: Promise<Value>): Promise<Value | undefined> {
  try {
    return await value
  } catch (error) {
    if (error instanceof AppError && error.code === 'artifact_missing') return undefined
    throw error
  }
}
