import { unzipSync } from 'fflate'

/** A file in a zip archive. */
export interface ZipEntry {
  readonly path: string
  /** Bytes, unpacked. */
  readonly bytes: number
}

/**
 * The files of a zip archive; none is unpacked.
 *
 * @throws Error when the bytes are no zip archive
 */
export function readZipEntries(archive: Uint8Array): ZipEntry[] {
  const entries: ZipEntry[] = []
  const filter = ({ name, originalSize }: { readonly name: string; readonly originalSize: number }) => {
    entries.push({ path: name, bytes: originalSize })
    return false
  }
  unzipSync(archive, { filter })
  return entries
}
