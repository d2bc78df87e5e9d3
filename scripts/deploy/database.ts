import { SSMClient } from '@aws-sdk/client-ssm'
import { createPgvectorIndex } from '../../src/collections/postgres/pgvector-index.ts'
import { createContext } from '../../src/context.ts'
import { readSecretAt } from '../../src/storage/secret-at.ts'
import { parseSecretSource } from '../../src/storage/secret-source.ts'
import { databaseOf } from './collections.ts'
import type { Facts } from './findings.ts'
import type { Parameters } from './parameters.ts'

const LONGEST_MS = 20_000

/** How this machine reaches a database that functions will ask. */
interface Access {
  /** The password, where the environment has it; it is read where AWS keeps it otherwise. */
  readonly password: string | undefined
  /** A file of certificates here, in place of that of `sslrootcert`, which is one of the functions. */
  readonly authority: string | undefined
}

/**
 * Asks the database of collections what it is, from this machine. Nothing is changed there.
 *
 * @returns undefined where collections are in no database; a sentence in `problem` where it cannot be asked
 */
export async function askDatabase(parameters: Parameters, access: Access): Promise<Facts['database']> {
  if (!databaseOf(parameters)) return undefined
  const place = new URL(parameters.collections!)
  if (access.authority !== undefined) place.searchParams.set('sslrootcert', access.authority)
  const context = createContext({ deadline: Date.now() + LONGEST_MS })
  try {
    const password = access.password ?? (await readPassword(parameters))
    const index = createPgvectorIndex(place.href, password)
    return await index.inspect(context).finally(index.close)
  } catch (error) {
    return { problem: (error as Error).message }
  }
}

/** The password as the functions will read it, with the credentials of this machine. */
async function readPassword({ region, collectionsPasswordSource }: Parameters): Promise<string | undefined> {
  const source = parseSecretSource(collectionsPasswordSource ?? '')
  if (!source) return undefined
  const client = new SSMClient({ region })
  try {
    const credentials = await client.config.credentials()
    return await readSecretAt({ ...source, region, endpoint: undefined, credentials })
  } finally {
    client.destroy()
  }
}
