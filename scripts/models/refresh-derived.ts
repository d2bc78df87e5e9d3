import { join } from 'node:path'
import type { Manifest, ModelPin } from '../../src/models/catalog/manifest.ts'
import { graphKey } from '../../src/models/runtime/session.ts'
import { type Derivation, deriveFiles } from '../layers/build-derived.ts'

/** A model with derived files that fit the runtime of this checkout. */
interface Refreshed {
  readonly manifest: Manifest
  readonly pin: ModelPin
  /** What has no derived form, with the reason. */
  readonly left: Derivation['left']
}

/**
 * Whether a model that was pulled with another version of the runtime, or before there were derived files, lacks an
 * optimized graph that a cold start of this checkout would take. One whose graph a pull left as it is would be left
 * again.
 */
export async function lacksGraph({ derived = [], files, graph }: Manifest): Promise<boolean> {
  const key = await graphKey()
  const source = files.find(({ path }) => path === graph)?.sha256
  const graphs = derived.filter(({ kind }) => kind === 'graph')
  if (graphs.some((file) => file.key === key && file.source === source)) return false
  return graphs.length > 0 || derived.length === 0
}

/**
 * Makes the derived files of a pulled model anew, to be pinned with their SHA-256: a bucket alone proves nothing of them.
 *
 * @param folder holds the model's folder, whose files are as pinned
 */
export async function refreshDerived(manifest: Manifest, pin: ModelPin, folder: string): Promise<Refreshed> {
  const { files: derived, left } = await deriveFiles(manifest, join(folder, manifest.id))
  return { manifest: { ...manifest, derived }, pin: { ...pin, derived }, left }
}
