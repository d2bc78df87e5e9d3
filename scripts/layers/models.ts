import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { isAdapted, MANIFEST_FILE, ownFiles } from '../../src/models/catalog/learned.ts'
import type { DerivedFile, Manifest } from '../../src/models/catalog/manifest.ts'
import { type Artifacts, keyOf, locateArtifacts } from '../../src/models/files/artifacts.ts'
import { createDirectoryStore } from '../../src/storage/directory.ts'
import { deriveFiles } from './build-derived.ts'
import { copyInto, filesBelow, settle } from './copy.ts'

/** What a layer's model consists of besides the files in its manifest. */
interface LayerModel {
  readonly id: string
  readonly derived: readonly DerivedFile[]
  /** Why a file has no derived form. */
  readonly left: readonly { readonly path: string; readonly reason: string }[]
}

/** What derived files of any version are called. */
const DERIVED_NAME = /\.((unigram|word-piece)-\d+\.flat|ort-[\w.-]+\.onnx)$/

/**
 * Puts a model into `folder/<id>/`, each file with the size and SHA-256 of its manifest, and makes its derived
 * files there, which serve every architecture. A model that lies there already, as one that is committed does, is
 * checked and stays; what was derived before is removed.
 *
 * @throws AppError `artifact_missing` when no source has it, `artifact_corrupt` when a file is not the right one
 */
export async function addModel(
  manifest: Manifest,
  sources: readonly string[],
  folder: string,
): Promise<LayerModel> {
  const artifacts = await locateArtifacts(manifest, sources.map(createDirectoryStore))
  // The base of an adapted model is a model of the layer itself, with derived files of its own.
  for (const { path } of ownFiles(manifest)) await addFile(manifest, artifacts, path, folder)
  if (isAdapted(manifest)) return { id: manifest.id, derived: [], left: [] }
  const modelFolder = join(folder, manifest.id)
  for (const { path } of filesBelow(modelFolder)) {
    if (DERIVED_NAME.test(path)) rmSync(join(modelFolder, path))
  }
  const { files, left } = await deriveFiles(manifest, modelFolder)
  for (const { path } of files) settle(join(modelFolder, path))
  return { id: manifest.id, derived: files, left }
}

async function addFile(
  manifest: Manifest,
  artifacts: Artifacts,
  path: string,
  folder: string,
): Promise<void> {
  const source = await artifacts.verifiedPath(path)
  const target = join(folder, keyOf(manifest, path))
  if (resolve(source) !== resolve(target)) copyInto(source, target)
}

/** Puts the manifest of a model that describes itself beside its files, from the first source that has it. */
export function addManifest(id: string, sources: readonly string[], folder: string): void {
  const place = sources.find((source) => existsSync(join(source, id, MANIFEST_FILE)))!
  const [source, target] = [join(place, id, MANIFEST_FILE), join(folder, id, MANIFEST_FILE)]
  if (resolve(source) !== resolve(target)) copyInto(source, target)
}

/** Removes models that were put into a layer before, but for those in `kept`. */
export function removeModels(folder: string, present: readonly string[], kept: readonly string[]): void {
  for (const id of present) if (!kept.includes(id)) rmSync(join(folder, id), { recursive: true, force: true })
}

/** Writes what was derived for which model, to be pinned in their manifests. */
export function recordDerived(path: string, models: readonly LayerModel[]): void {
  const record = Object.fromEntries(models.map(({ id, derived }) => [id, derived]))
  writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`)
  settle(path)
}
