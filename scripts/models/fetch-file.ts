import { createHash } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { AppError } from '../../src/errors.ts'
import type { ManifestFile } from '../../src/models/catalog/manifest.ts'
import type { Store } from '../../src/storage/store.ts'
import { digestFile } from './hash-file.ts'
import type { PlannedFile } from './pull-plan.ts'

/** What a file on its way is called until it is whole and proven. */
const PARTIAL = '.part'

/**
 * Fetches a file of `store` to `target`, going on where an earlier try broke off, and proves it by its SHA-256 or,
 * where that is not known, by its git blob. A file that is there and right already is not fetched. A process that loads
 * models (src/models/files/download.ts) does neither: it begins anew, and knows every SHA-256 from the lock file.
 *
 * @param shown called with the bytes that are there, as they come
 * @throws AppError `artifact_corrupt` when it is not the planned file, and as `Store.read` does
 */
export async function fetchFile(
  store: Store,
  planned: PlannedFile,
  target: string,
  shown: (bytes: number) => void,
): Promise<ManifestFile> {
  const there = existsSync(target) ? proofOf(planned, target) : undefined
  if (there?.right) return pinOf(planned, there.sha256)
  const partial = `${target}${PARTIAL}`
  mkdirSync(dirname(target), { recursive: true })
  await appendRest(store, planned, partial, shown)
  const proof = proofOf(planned, partial)
  if (!proof.right) {
    rmSync(partial)
    throw wrongFile(store, planned, proof)
  }
  renameSync(partial, target)
  return pinOf(planned, proof.sha256)
}

async function appendRest(
  store: Store,
  { path, bytes }: PlannedFile,
  partial: string,
  shown: (bytes: number) => void,
): Promise<void> {
  if (existsSync(partial) && statSync(partial).size > bytes) rmSync(partial)
  const file = openSync(partial, 'a')
  try {
    let position = statSync(partial).size
    shown(position)
    for await (const chunk of await store.read(path, { start: position, end: bytes })) {
      for (let written = 0; written < chunk.length; ) written += writeSync(file, chunk, written)
      position += chunk.length
      shown(position)
    }
  } finally {
    closeSync(file)
  }
}

interface Proof {
  readonly right: boolean
  readonly sha256: string
  readonly gitBlob: string
}

function proofOf({ sha256, gitBlob, bytes }: PlannedFile, path: string): Proof {
  const { size } = statSync(path)
  const blob = createHash('sha1').update(`blob ${size}\0`)
  const [hash, gitBlobHash] = digestFile(path, createHash('sha256'), blob)
  const got = { sha256: hash!, gitBlob: gitBlobHash! }
  const right = size === bytes && (sha256 === undefined ? got.gitBlob === gitBlob : got.sha256 === sha256)
  return { ...got, right }
}

function pinOf({ path, bytes }: PlannedFile, sha256: string): ManifestFile {
  return { path, bytes, sha256 }
}

function wrongFile(store: Store, { path, sha256, gitBlob }: PlannedFile, got: Proof): AppError {
  const [expected, found] = sha256 ? [`SHA-256 ${sha256}`, got.sha256] : [`git blob ${gitBlob}`, got.gitBlob]
  return new AppError(
    'artifact_corrupt',
    `${path} from ${store.name} is not the file that its listing promised: expected ${expected}, got ${found}; pull again.`,
    { details: { path, expected, got: found } },
  )
}
