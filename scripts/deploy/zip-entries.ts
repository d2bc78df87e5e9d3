/** A file in a zip archive. */
export interface ZipEntry {
  readonly path: string
  /** Bytes, unpacked. */
  readonly bytes: number
}

const END_OF_DIRECTORY = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50
const END_BYTES = 22
const LONGEST_COMMENT = 65_535

/**
 * The files of a zip archive, from its directory at the end (PKWARE APPNOTE 4.3.12 and 4.3.16). Archives beyond 4 GB,
 * which Lambda would not take, are not read.
 *
 * @throws Error when the bytes are no zip archive
 */
export function readZipEntries(archive: Buffer): ZipEntry[] {
  const end = findEnd(archive)
  const entries: ZipEntry[] = []
  let place = archive.readUInt32LE(end + 16)
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (archive.readUInt32LE(place) !== DIRECTORY_ENTRY) throw new Error('The zip directory is broken.')
    const [name, extra, comment] = [28, 30, 32].map((offset) => archive.readUInt16LE(place + offset)) as [
      number,
      number,
      number,
    ]
    const path = archive.toString('utf8', place + 46, place + 46 + name)
    entries.push({ path, bytes: archive.readUInt32LE(place + 24) })
    place += 46 + name + extra + comment
  }
  return entries
}

function findEnd(archive: Buffer): number {
  const least = Math.max(0, archive.length - END_BYTES - LONGEST_COMMENT)
  for (let place = archive.length - END_BYTES; place >= least; place--) {
    if (archive.readUInt32LE(place) === END_OF_DIRECTORY) return place
  }
  throw new Error('This is no zip archive: it has no directory.')
}
