import { text } from 'node:stream/consumers'
import { AppError } from '../../src/errors.ts'
import { createHubStore } from '../../src/storage/hub.ts'
import { createHubClient } from '../../src/storage/hub-client.ts'
import { type HubListing, listRepository, readModelInfo } from './hub-listing.ts'

/** A repository of the hub at a commit, as far as a manifest is made of it. */
export interface Repository {
  readonly repo: string
  readonly revision: string
  readonly files: readonly HubListing[]
  /** The front matter of its card: `license`, `language`. */
  readonly card: Readonly<Record<string, unknown>>
  /** The content of a JSON file, `undefined` when there is none. */
  json(path: string): Readonly<Record<string, unknown>> | undefined
}

const SMALL_FILES = /^([\w.-]+|\d+_\w+(\/\w+)?\/(router_)?config)\.json$/
const MOST_JSON_BYTES = 1 << 20

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
  for (const { path } of small.filter((file) => file.path !== 'tokenizer.json')) {
    contents.set(path, JSON.parse(await text(await store.read(path))))
  }
  return { repo, revision, files, card, json: (path) => contents.get(path) }
}

/** The error of a repository that cannot be described. */
export function refuse({ repo }: Pick<Repository, 'repo'>, problem: string, remedy: string): AppError {
  return new AppError(
    'invalid_request',
    `The repository ${repo} cannot be added: it ${problem}; ${remedy}.`,
    {
      details: { field: 'repository', repo },
    },
  )
}
