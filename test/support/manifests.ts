import { blankManifest } from '../../scripts/models/blank-manifest.ts'
import type { Manifest } from '../../src/models/catalog/manifest.ts'

/** A complete manifest with the given fields, and plain values for the rest. */
export function manifestOf(fields: Partial<Manifest> & { id: string }): Manifest {
  return blankManifest({ repo: `tests/${fields.id}`, ...fields })
}
