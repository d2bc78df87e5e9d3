import { createHash } from 'node:crypto'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** A file of a repository at a commit. */
interface CachedFile {
  readonly repo: string
  readonly commit: string
  readonly path: string
  readonly body: Uint8Array
  /** Whether its blob is named after its SHA-256, as that of a large file, or after Git's hash. */
  readonly large: boolean
}

/** Puts a file into a folder as huggingface_hub does: a blob, and a link to it in the snapshot of the commit. */
export function putInHubCache(folder: string, { repo, commit, path, body, large }: CachedFile): void {
  const repository = repositoryIn(folder, repo)
  const hash = large
    ? createHash('sha256').update(body)
    : createHash('sha1').update(`blob ${body.length}\0`).update(body)
  const blob = join(repository, 'blobs', hash.digest('hex'))
  mkdirSync(dirname(blob), { recursive: true })
  writeFileSync(blob, body)
  linkInSnapshot(
    folder,
    { repo, commit, path },
    relative(dirname(snapshotPath(folder, repo, commit, path)), blob),
  )
}

/** Puts a link to `target` into the snapshot of a commit. */
export function linkInSnapshot(
  folder: string,
  { repo, commit, path }: Pick<CachedFile, 'repo' | 'commit' | 'path'>,
  target: string,
): void {
  const link = snapshotPath(folder, repo, commit, path)
  mkdirSync(dirname(link), { recursive: true })
  rmSync(link, { force: true })
  symlinkSync(target, link)
}

/** Says which commit the branch main stands for. */
export function nameMain(folder: string, repo: string, commit: string): void {
  const refs = join(repositoryIn(folder, repo), 'refs')
  mkdirSync(refs, { recursive: true })
  writeFileSync(join(refs, 'main'), commit)
}

/** Where a file of a commit lies. */
export function snapshotPath(folder: string, repo: string, commit: string, path: string): string {
  return join(repositoryIn(folder, repo), 'snapshots', commit, path)
}

function repositoryIn(folder: string, repo: string): string {
  return join(folder, `models--${repo.replaceAll('/', '--')}`)
}
