import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ownFiles } from '../../src/models/catalog/learned.ts'
import type { DerivedFile, Manifest, ManifestFile } from '../../src/models/catalog/manifest.ts'
import { keyOf } from '../../src/models/files/artifacts.ts'
import { readVerified } from '../../src/models/files/verification.ts'
import type { WritableStore } from '../../src/storage/store.ts'

/** As much of any kind of model as naming its place takes. */
type PushedModel = Pick<Manifest, 'id'>

/** A file of a model and whether the store lacks it. */
interface PushStep<Model extends PushedModel = PushedModel> {
  readonly manifest: Model
  readonly file: ManifestFile | DerivedFile
  readonly key: string
  readonly needed: boolean
}

/** The metadata by which a pushed file is known again. */
const HASH = 'sha256'

/**
 * What a push of models would upload: every file of its own folder, derived ones included, that the store does not have
 * with the same size and SHA-256. A model's graph comes last, or the manifest of one that describes itself: where it is,
 * the rest is.
 *
 * @param manifestFile the manifest in the folder of such a model
 */
export async function planPush(
  manifests: readonly Manifest[],
  store: WritableStore,
  manifestFile: (manifest: Manifest) => ManifestFile | undefined,
): Promise<PushStep<Manifest>[]> {
  const steps: PushStep<Manifest>[] = []
  for (const manifest of manifests) {
    const files = [...(manifest.derived ?? []), ...ownFiles(manifest)]
    const last = manifestFile(manifest)
    const graphLast = [
      ...files.filter(({ path }) => path !== manifest.graph),
      ...files.filter(({ path }) => path === manifest.graph),
      ...(last ? [last] : []),
    ]
    for (const file of graphLast) steps.push(await planFile(manifest, file, store))
  }
  return steps
}

/** Whether the store has a file of a model with the same size and SHA-256. */
export async function planFile<Model extends PushedModel>(
  manifest: Model,
  file: ManifestFile | DerivedFile,
  store: WritableStore,
): Promise<PushStep<Model>> {
  const key = keyOf(manifest, file.path)
  const there = await store.stat(key)
  const same = there?.bytes === file.bytes && there.metadata?.[HASH] === file.sha256
  return { manifest, file, key, needed: !same }
}

/**
 * What tells a reader of the bucket where a derived file belongs; no door believes it, since models.lock.json has the
 * same with the SHA-256. The processor is the one that it was made on, for a graph made on arm64 may lack what x64 prefers.
 */
function stampOf(file: ManifestFile | DerivedFile): Record<string, string> {
  if (!('kind' in file)) return {}
  return { kind: file.kind, key: file.key, source: file.source, processor: process.arch }
}

/** Uploads one file, whose size and SHA-256 are checked first. */
export async function pushFile(
  { manifest, file, key }: PushStep,
  folder: string,
  store: WritableStore,
): Promise<void> {
  const path = join(folder, manifest.id, file.path)
  readVerified(path, file, manifest.id)
  await store.write(key, readFileSync(path), { metadata: { [HASH]: file.sha256, ...stampOf(file) } })
}
