import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, relative, resolve, sep } from 'node:path'
import { parse } from 'yaml'
import { AppError } from '../../src/errors.ts'
import { sha256OfFile } from './hash-file.ts'
import type { HubListing } from './hub-listing.ts'
import { MOST_JSON_BYTES, type Repository, SMALL_FILES } from './repository.ts'

/** What `repo` of a model begins with that was added from a folder: no hub has it. */
export const LOCAL = 'local/'

/** Whether what somebody asked for is a folder of this disk: written as a path, or there. */
export function isFolder(asked: string): boolean {
  return /^(\.{1,2}([\\/]|$)|[\\/~]|[a-z]:)/i.test(asked) || isDirectory(asked)
}

function isDirectory(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory()
}

/**
 * A folder of Model2Vec, sentence-transformers or ONNX files, as the commands see a repository of the hub. Large files
 * are hashed when their hash is asked for.
 *
 * @throws AppError `artifact_missing` when there is no such folder, `invalid_request` for a JSON file that is none
 */
export function readFolder(folder: string): Repository {
  if (!isDirectory(folder)) {
    throw new AppError(
      'artifact_missing',
      `There is no folder ${folder}; expected the folder of a model, with its tokenizer.json and graph.`,
    )
  }
  const files = filesBelow(folder)
  const small = new Set(
    files
      .filter(({ path, bytes }) => SMALL_FILES.test(path) && bytes <= MOST_JSON_BYTES)
      .map(({ path }) => path),
  )
  const name = basename(resolve(folder)).replaceAll(/[^\w.-]/g, '-')
  return {
    place: `folder ${folder}`,
    repo: `${LOCAL}${name}`,
    revision: undefined,
    files,
    card: readCard(join(folder, 'README.md')),
    json: (path) => (small.has(path) ? readJson(join(folder, path)) : undefined),
  }
}

function filesBelow(folder: string): HubListing[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.flatMap((entry) => {
    const full = join(entry.parentPath, entry.name)
    const path = relative(folder, full).split(sep).join('/')
    // A link may lead to a file, as in the hub's own cache.
    if (path.split('/').some((part) => part.startsWith('.')) || !statSync(full).isFile()) return []
    return [listingOf(full, path)]
  })
}

function listingOf(full: string, path: string): HubListing {
  let sha256: string | undefined
  return {
    path,
    bytes: statSync(full).size,
    get sha256() {
      sha256 ??= sha256OfFile(full)
      return sha256
    },
    // Nothing is proven by it where the SHA-256 is known.
    gitBlob: '',
  }
}

function readJson(path: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new AppError('invalid_request', `${path} is not JSON; correct it, then add the folder again.`, {
      cause,
    })
  }
}

/** What stands between two lines of `---` at the head of a card; nothing where it cannot be read. */
function readCard(path: string): Readonly<Record<string, unknown>> {
  if (!existsSync(path)) return {}
  const [, head] = /^---\r?\n(.*?)\r?\n---/s.exec(readFileSync(path, 'utf8')) ?? []
  try {
    return (parse(head ?? '') as Record<string, unknown> | null) ?? {}
  } catch {
    return {}
  }
}
