import { isIP } from 'node:net'
import type { PostgresPlace } from '../../src/collections/postgres/place.ts'
import { databaseAt } from './collection-place.ts'
import type { FunctionName } from './deployment.ts'
import { type Finding, warning } from './findings.ts'
import { LAYER_MODELS, MOUNT, within } from './mounts.ts'
import type { Parameters } from './parameters.ts'

/** The database that keeps collections, where one does. */
export function databaseOf({ collections }: Parameters): PostgresPlace | undefined {
  return collections === null ? undefined : databaseAt(collections)
}

/** Whether a function searches collections: `match`, and batch jobs, which build them too. */
export function searchesCollections(name: FunctionName): boolean {
  return name === 'match' || name === 'batch' || name === 'split'
}

/**
 * What Lambda trusts beside the authorities of Node: those of Amazon, by which RDS signs its certificates. Node 20 and
 * later read them only when they are named.
 */
const AMAZON_AUTHORITIES = '/var/runtime/ca-cert.pem'
/** Folders of files that a function has: its own, its runtime's, its layers', its mount's, its system's. */
const READABLE = ['/var/task', '/var/runtime', LAYER_MODELS.replace(/\/models$/, ''), MOUNT, '/etc']

const isRds = (host: string) => /\.rds(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?$/.test(host)
/** Proxies have certificates of AWS Certificate Manager, which Node trusts, and are in a VPC alone. */
const isProxy = (host: string) => isRds(host) && /\.proxy-[a-z0-9]+\./.test(host)
const isHere = (host: string) => host === 'localhost' || host === '::1' || /^127\./.test(host)
const isPrivate = (host: string) =>
  isIP(host) !== 0 && /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|f[cd])/i.test(host)

/** What collections in a database contradict, in a sentence with its remedy; undefined when they do not. */
export const COLLECTION_CHECKS: readonly ((parameters: Parameters) => string | undefined)[] = [
  (parameters) =>
    databaseOf(parameters) && parameters.collectionsPasswordSource === null
      ? 'collections in a database need collectionsPasswordSource: a secret of yours such as secret:people/database or ssm:/people/password.'
      : undefined,
  (parameters) => {
    const { collectionsPasswordSource: source, collectionsPasswordKey: key } = parameters
    if (databaseOf(parameters) || (source ?? key) === null) return undefined
    return 'collectionsPasswordSource and collectionsPasswordKey are of use with collections=postgres://user@host/database only.'
  },
  (parameters) => {
    const { host } = databaseOf(parameters) ?? { host: '' }
    return isHere(host)
      ? `collections names the database ${host}, which is the function itself; give the name of its server.`
      : undefined
  },
  (parameters) => {
    const { host } = databaseOf(parameters) ?? { host: '' }
    const hidden = isProxy(host) ? 'RDS Proxy' : isPrivate(host) ? host : undefined
    return hidden !== undefined && parameters.vpcSubnets === null
      ? `collections names ${hidden}, which is reached from its VPC only; give vpcSubnets and vpcSecurityGroups too.`
      : undefined
  },
  (parameters) => {
    const { authority } = databaseOf(parameters) ?? {}
    return authority !== undefined && !READABLE.some((folder) => within(authority, folder))
      ? `collections has the sslrootcert ${authority}, which a function does not have; expected ${AMAZON_AUTHORITIES} (those of Amazon, RDS included), or a file below ${READABLE.join(', ')}.`
      : undefined
  },
  (parameters) => {
    const { host = '', tls = 'disable', authority } = databaseOf(parameters) ?? {}
    return isRds(host) && !isProxy(host) && tls.startsWith('verify') && authority === undefined
      ? `collections names a database of RDS, whose certificates Node does not trust by itself; add ?sslrootcert=${AMAZON_AUTHORITIES}, which Lambda has.`
      : undefined
  },
]

/** What the doctor says of collections in a database, without asking it. */
export function collectionFindings(parameters: Parameters): Finding[] {
  const database = databaseOf(parameters)
  if (!database) return []
  const { host, port, tls } = database
  const { vpcSubnets, matchReserved, batchConcurrency, splitConcurrency } = parameters
  const working = batchConcurrency + splitConcurrency
  const most = matchReserved === null ? 'without an end' : `up to ${matchReserved}`
  return [
    ...(vpcSubnets === null
      ? isRds(host)
        ? [
            warning(
              `${host} answers to the functions only if it is publicly accessible; otherwise give vpcSubnets and vpcSecurityGroups.`,
            ),
          ]
        : []
      : [
          warning(
            `Nobody looked whether vpcSecurityGroups reach ${host}: its own security group has to let port ${port} in from them.`,
          ),
        ]),
    ...(isProxy(host)
      ? []
      : [
          warning(
            `Each instance of a function keeps a connection to ${host}: match ${most} (matchReserved), jobs up to ${working} (batchConcurrency + splitConcurrency); stay below max_connections, or put RDS Proxy between.`,
          ),
        ]),
    ...(tls === 'require' || tls === 'disable'
      ? [warning(`sslmode=${tls} lets anybody on the way to ${host} read or replace what is asked.`)]
      : []),
  ]
}
