import { requireExtension } from '../../src/collections/postgres/extension.ts'
import type { DatabaseFacts } from '../../src/collections/postgres/inspect.ts'
import { requireModel } from '../../src/collections/required.ts'
import { AppError } from '../../src/errors.ts'
import { toManifest } from '../../src/models/catalog/lock.ts'
import { databaseOf } from './collections.ts'
import { type Facts, type Finding, good, problem, warning } from './findings.ts'
import type { Parameters } from './parameters.ts'

type Asked = Pick<Facts, 'database' | 'findModel'>

/** The oldest PostgreSQL that tests run on. */
const TESTED = 16

/** What a database of collections is found to lack for this deployment, when it was asked. */
export function diagnoseDatabase(facts: Asked, parameters: Parameters): Finding[] {
  const { database } = facts
  if (database === undefined) return []
  if ('problem' in database) return [problem(database.problem)]
  const { server, extension, isReplica, mayBuild } = database
  const { host } = databaseOf(parameters)!
  return [
    good(
      `PostgreSQL ${server} at ${host} answers to this machine, with pgvector ${extension ?? 'not there'}`,
    ),
    ...(Number.parseInt(server, 10) < TESTED
      ? [warning(`PostgreSQL ${server} is older than what tests run on, ${TESTED}.`)]
      : []),
    ...extensionFindings(database),
    ...(isReplica
      ? [warning(`${host} answers reads alone: it can be searched, and jobs that build or add fail.`)]
      : []),
    ...(mayBuild || isReplica
      ? []
      : [
          warning('The user may search and not build: GRANT CREATE ON DATABASE … lets it build collections.'),
        ]),
    ...connectionFindings(database, parameters),
    ...database.collections.map((collection) => modelFinding(facts, parameters, collection)),
  ]
}

function extensionFindings({ extension, available, reachable }: DatabaseFacts): Finding[] {
  if ((extension ?? available) === undefined)
    return [
      problem(
        'The server has no pgvector; install its package there (pgvector 0.8 or later), then CREATE EXTENSION vector in this database.',
      ),
    ]
  try {
    requireExtension({
      version: extension ?? available,
      reachable: reachable || extension === undefined,
      schema: 'where it lies',
    })
  } catch (error) {
    return [problem((error as Error).message)]
  }
  return extension === undefined
    ? [
        problem(
          `The server has pgvector ${available}, and this database not yet; let an administrator run CREATE EXTENSION vector in it.`,
        ),
      ]
    : []
}

function connectionFindings({ connections }: DatabaseFacts, parameters: Parameters): Finding[] {
  const { matchReserved, batchConcurrency, splitConcurrency } = parameters
  const wanted = (matchReserved ?? 0) + batchConcurrency + splitConcurrency
  return wanted <= connections
    ? []
    : [
        warning(
          `The functions may open ${wanted} connections, and the server takes ${connections} (max_connections); lower matchReserved, batchConcurrency or splitConcurrency, or put RDS Proxy between.`,
        ),
      ]
}

/** Whether this deployment's model of that name is the one that made a collection. */
function modelFinding(
  facts: Asked,
  { defaultModel }: Parameters,
  { name, rows, model }: DatabaseFacts['collections'][number],
): Finding {
  try {
    const manifest = toManifest(facts.findModel(model.id))
    if (!manifest) return warning(`${model.id} was never pulled, so nobody knows whether it made ${name}.`)
    requireModel(name, model, manifest)
    const isDefault = facts.findModel(defaultModel).id === model.id
    return isDefault
      ? good(`Collection ${name}: ${rows} rows of ${model.id}, which is the default model`)
      : warning(
          `Collection ${name} was made by ${model.id}, which requests have to name: the default is ${defaultModel}.`,
        )
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return error.code === 'unknown_model'
      ? problem(
          `Collection ${name} was made by ${model.id}, which the catalog does not have; build it anew with ${defaultModel}, or add that model.`,
        )
      : problem(error.message)
  }
}
