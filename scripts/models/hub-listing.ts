import { createContext } from '../../src/context.ts'
import { AppError } from '../../src/errors.ts'
import { unanswered } from '../../src/storage/failures.ts'
import type { WebClient } from '../../src/storage/web-client.ts'

/** What the hub says of a file of a repository. */
export interface HubListing {
  readonly path: string
  readonly bytes: number
  /** Of a large file; the hub knows a small one by `gitBlob` alone. */
  readonly sha256?: string
  /** SHA-1 of `blob <bytes>\0` and the content: 40 hex digits. */
  readonly gitBlob: string
}

/** One line of `GET /api/models/<repo>/tree/<revision>`. */
interface TreeEntry {
  readonly type: string
  readonly path: string
  readonly size: number
  readonly oid: string
  readonly lfs?: { readonly oid: string; readonly size: number }
}

/** What the hub knows of a repository as a whole. */
interface ModelInfo {
  /** The commit, 40 hex digits. */
  readonly revision: string
  /** The front matter of its card. */
  readonly card: Readonly<Record<string, unknown>>
}

/**
 * The commit that a revision (a branch, a tag, a commit) stands for now, and the card.
 *
 * @throws AppError `artifact_missing` when the hub has no such repository or revision, `upstream_failed` when it cannot
 * be reached
 */
export async function readModelInfo(client: WebClient, repo: string, revision: string): Promise<ModelInfo> {
  const path = `api/models/${repo}/revision/${encodeURIComponent(revision)}`
  const { sha, cardData } = (await askJson(client, path)).body as {
    sha?: unknown
    cardData?: ModelInfo['card']
  }
  if (typeof sha === 'string' && /^[0-9a-f]{40}$/.test(sha)) return { revision: sha, card: cardData ?? {} }
  throw unanswered({ store: client.name, key: path, answer: `no commit for ${revision}` })
}

/**
 * Every file of a repository at a commit.
 *
 * @throws AppError `artifact_missing` when the hub has no such repository or revision
 */
export async function listRepository(
  client: WebClient,
  repo: string,
  revision: string,
): Promise<HubListing[]> {
  const listings: HubListing[] = []
  let page: string | URL | undefined = `api/models/${repo}/tree/${revision}?recursive=true`
  while (page !== undefined) {
    const { body, next } = await askJson(client, page)
    for (const entry of body as TreeEntry[]) if (entry.type === 'file') listings.push(toListing(entry))
    page = next
  }
  return listings
}

function toListing({ path, size, oid, lfs }: TreeEntry): HubListing {
  if (!lfs) return { path, bytes: size, gitBlob: oid }
  return { path, bytes: lfs.size, sha256: lfs.oid, gitBlob: oid }
}

async function askJson(client: WebClient, path: string | URL): Promise<{ body: unknown; next?: URL }> {
  const { response, url } = await client
    .ask(path, { method: 'GET', context: createContext() })
    .catch((cause) => {
      throw unreachable(client.name, cause)
    })
  if (!response.ok) {
    await response.body?.cancel()
    throw failure(client.name, String(path), response.status)
  }
  const [, next] = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get('link') ?? '') ?? []
  return { body: await response.json(), ...(next && { next: new URL(next, url) }) }
}

/** What users behind a firewall see first: the sentence names the ways round it. */
function unreachable(store: string, cause: unknown): AppError {
  const why = (cause as { readonly cause?: { readonly code?: string } }).cause?.code ?? String(cause)
  return new AppError(
    'upstream_failed',
    `${store} could not be reached (${why}); check the network, or take a mirror: HF_ENDPOINT=https://hf-mirror.com, or --from with an address or a folder.`,
    { details: { store }, cause },
  )
}

function failure(store: string, key: string, status: number): AppError {
  if (status === 429 || status >= 500) return unanswered({ store, key, answer: String(status) })
  return new AppError(
    'artifact_missing',
    `${store} answered ${status} to ${key}; check the repository and revision, and set HF_TOKEN when it is private or gated.`,
    { details: { store, key, status } },
  )
}
