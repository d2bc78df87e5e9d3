import { text } from 'node:stream/consumers'
import { AppError } from '../../src/errors.ts'
import { createHubStore } from '../../src/storage/hub.ts'
import { createHubClient } from '../../src/storage/web-client.ts'
import { type HubListing, listRepository, readModelInfo } from './hub-listing.ts'

/** A repository of the hub at a commit, or a folder of this disk, as far as a manifest is made of it. */
export interface Repository {
  /** In a sentence: `repository owner/name`, `folder ./mine`. */
  readonly place: string
  /** The hub's `owner/name`; `local/<name>` for a folder. */
  readonly repo: string
  /** The commit; a folder has none. */
  readonly revision: string | undefined
  readonly files: readonly HubListing[]
  /** The front matter of its card: `license`, `language`. */
  readonly card: Readonly<Record<string, unknown>>
  /** The content of a JSON file, `undefined` when there is none. */
  json(path: string): Readonly<Record<string, unknown>> | undefined
}

/** Files that a manifest may be made of; `tokenizer.json` is large, and says nothing here. */
export const SMALL_FILES = /^(?!tokenizer\.json$)([\w.-]+|\d+_\w+(\/\w+)?\/(router_)?config)\.json$/
/** A larger JSON file is no configuration. */
export const MOST_JSON_BYTES = 1 << 20

/**
 * Reads what a manifest is made of from a repository; `asked` may be a branch, and becomes its commit.
 *
 * @param withJson whether small JSON files are wanted at all; without them only the listing is asked for
 * @throws AppError `artifact_missing` when the hub has no such repository or revision
 */
export async function readRepository(
  { endpoint, token }: { readonly endpoint: string; readonly token?: string | undefined },
  repo: string,
  asked: string,
  withJson = true,
): Promise<Repository> {
  const client = createHubClient(endpoint, token)
  const { revision, card } = await readModelInfo(client, repo, asked)
  const files = await listRepository(client, repo, revision)
  const store = createHubStore({ endpoint, token, locate: (path) => ({ repo, revision, path }) })
  const contents = new Map<string, Readonly<Record<string, unknown>>>()
  const small = files.filter(
    ({ path, bytes }) => withJson && SMALL_FILES.test(path) && bytes <= MOST_JSON_BYTES,
  )
  for (const { path } of small) contents.set(path, JSON.parse(await text(await store.read(path))))
  return { place: `repository ${repo}`, repo, revision, files, card, json: (path) => contents.get(path) }
}

/** What keeps a repository from being described; all of it is found before any of it is told. */
export class Problems {
  readonly #found: string[] = []

  /** Notes that the repository `problem`, and what to do. */
  add(problem: string, remedy: string): void {
    this.#found.push(`it ${problem}; ${remedy}`)
  }

  /** @throws AppError `invalid_request` with everything that was noted, in one message */
  refuse({ place, repo }: Pick<Repository, 'place' | 'repo'>): void {
    const [first, ...others] = this.#found
    if (first === undefined) return
    const list = others.length === 0 ? ` ${first}` : ['', ...this.#found].join('\n  - ')
    throw new AppError('invalid_request', `The ${place} cannot be added:${list}.`, {
      details: { field: 'repository', repo, problems: this.#found.length },
    })
  }
}
