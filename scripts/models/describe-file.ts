import { createHash } from 'node:crypto'
import type { ManifestFile } from '../../src/models/catalog/manifest.ts'

/** A file as a manifest lists it: its path below the model's folder, its size and its hash. */
export function describeFile(path: string, content: Uint8Array): ManifestFile {
  return { path, bytes: content.length, sha256: sha256Of(content) }
}

/** SHA-256 as 64 lower-case hex digits. */
export function sha256Of(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex')
}
