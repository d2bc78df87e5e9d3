import { type Context, createContext, withinContext } from '../../context.ts'
import { AppError, toAppError } from '../../errors.ts'
import { parseSource } from '../../storage/source.ts'
import type { Store } from '../../storage/store.ts'
import { MOST_MANIFEST_BYTES, parseFolderManifest } from '../catalog/folder-manifest.ts'
import { FOLDER_ID, MANIFEST_FILE } from '../catalog/learned.ts'
import type { Manifest } from '../catalog/manifest.ts'

/** The manifests of models in sources that do not lie on this disk. */
export interface RemoteManifests {
  /**
   * The manifest at `<id>/manifest.json` of the first source that has one: one request a source. That there is none is
   * remembered for a minute, so that a client with a wrong name costs no request each time.
   *
   * @throws AppError `artifact_corrupt`, `upstream_failed`, `overloaded`
   */
  find(id: string, context: Context): Promise<Manifest | undefined>
  /** Ids below the prefixes of S3, asked once a minute, and why one could not be; a web server cannot be listed. */
  list(context: Context): Promise<RemoteList>
}

/** The models of the buckets as they were last listed. */
interface RemoteList {
  readonly ids: readonly string[]
  /** Sentences about buckets that could not be listed. */
  readonly problems: readonly string[]
}

const REMEMBERED_MS = 60_000
const MOST_REMEMBERED = 1000
/** Look-ups at a time: each is for another name that nobody knows. */
const MOST_LOOKUPS = 16
const LONGEST_MS = 20_000
/** Keys of a prefix that are looked through. */
const MOST_KEYS = 10_000

/** Whether a source of models lies in a bucket or on a web server, where a model can be looked for by its name. */
export function isElsewhere(source: string): boolean {
  const kind = parseSource(source)?.kind
  return kind === 's3' || kind === 'web'
}

/** Opens the sources that do not lie on this disk when they are first asked. The hub has no such manifests. */
export function createRemoteManifests(
  sources: readonly string[],
  open: (source: string) => Store,
): RemoteManifests {
  const remote = sources.filter(isElsewhere)
  let opened: readonly Store[] | undefined
  const stores = () => {
    opened ??= remote.map(open)
    return opened
  }
  const lookups = new Map<string, Promise<Manifest | undefined>>()
  const absent = new Map<string, number>()
  let listed: (RemoteList & { readonly until: number }) | undefined
  return {
    async find(id, context) {
      if (remote.length === 0 || (absent.get(id) ?? 0) > Date.now()) return undefined
      const known = lookups.get(id)
      if (!known && lookups.size >= MOST_LOOKUPS) throw tooMany()
      const lookup = known ?? readFirst(stores(), id, lookupContext()).finally(() => lookups.delete(id))
      lookups.set(id, lookup)
      const manifest = await withinContext(context, lookup)
      if (manifest) return manifest
      absent.delete(id)
      absent.set(id, Date.now() + REMEMBERED_MS)
      if (absent.size > MOST_REMEMBERED) absent.delete(absent.keys().next().value!)
      return undefined
    },
    async list(context) {
      if (listed && Date.now() < listed.until) return listed
      const [ids, problems]: [Set<string>, string[]] = [new Set(), []]
      for (const store of remote.length === 0 ? [] : stores()) {
        if (!store.list || parseSource(store.name)?.kind !== 's3') continue
        try {
          for (const id of await idsIn(store.list('', context), context)) ids.add(id)
        } catch (error) {
          problems.push(toAppError(error).message)
        }
      }
      listed = { ids: [...ids], problems, until: Date.now() + REMEMBERED_MS }
      return listed
    },
  }
}

/** Callers share a look-up: one who leaves ends none that others wait for. */
function lookupContext(): Context {
  return createContext({ requestId: 'lookup', deadline: Date.now() + LONGEST_MS })
}

async function idsIn(keys: AsyncIterable<string>, { signal }: Context): Promise<string[]> {
  const ids: string[] = []
  let count = 0
  for await (const key of keys) {
    const [id = '', file, ...more] = key.split('/')
    if (file === MANIFEST_FILE && more.length === 0 && FOLDER_ID.test(id)) ids.push(id)
    if (++count >= MOST_KEYS || signal.aborted) break
  }
  return ids
}

async function readFirst(
  stores: readonly Store[],
  id: string,
  context: Context,
): Promise<Manifest | undefined> {
  for (const store of stores) {
    const key = `${id}/${MANIFEST_FILE}`
    const text = await readShort(store, key, context)
    if (text !== undefined) return parseFolderManifest(text, id, `${store.name}/${key}`)
  }
  return undefined
}

/** The text of a small object; nothing where there is none, or none that may be read. */
async function readShort(store: Store, key: string, context: Context): Promise<string | undefined> {
  try {
    const parts: Uint8Array[] = []
    const range = { start: 0, end: MOST_MANIFEST_BYTES + 1 }
    for await (const part of await store.read(key, range, context)) parts.push(part)
    return Buffer.concat(parts).toString('utf8')
  } catch (error) {
    if (error instanceof AppError && error.code === 'artifact_missing') return undefined
    throw error
  }
}

function tooMany(): AppError {
  return new AppError(
    'overloaded',
    `More than ${MOST_LOOKUPS} unknown models are being looked for; try again in a second.`,
  )
}
