import type { AccountFacts, BucketFacts, WantedBucket } from './account-facts.ts'
import { CREATE, ownBucketName } from './buckets.ts'
import type { Deployment } from './deployment.ts'
import { type Finding, good, problem, warning } from './findings.ts'
import { TRAIN_CONCURRENCY } from './functions.ts'
import type { Parameters } from './parameters.ts'

/** The buckets that a deployment to an account makes or takes. */
export function wantedBuckets(deployment: Deployment, account: string): WantedBucket[] {
  const { dataBucket, modelBucket } = deployment.parameters
  const want = (
    parameter: WantedBucket['parameter'],
    given: string,
    own: 'data' | 'models',
    id: string,
  ): WantedBucket =>
    given === CREATE
      ? { parameter, name: ownBucketName(deployment, own, account), created: id }
      : { parameter, name: given, created: undefined }
  return [
    want('dataBucket', dataBucket, 'data', 'DataBucket'),
    ...(modelBucket === null ? [] : [want('modelBucket', modelBucket, 'models', 'ModelBucket')]),
  ]
}

/** What in the account would make a deployment fail, or its files stand in the way of its callers. */
export function diagnoseAccount(facts: AccountFacts | undefined, parameters: Parameters): Finding[] {
  if (!facts) return []
  return [
    ...diagnoseConcurrency(facts.concurrency, parameters),
    ...facts.buckets.map(diagnoseBucket),
    ...facts.refused.map((text) =>
      warning(`${text}; expected the permissions that npm run doctor -- --policy-for <account> prints.`),
    ),
  ]
}

/** Lambda keeps so many for functions that reserve none, and refuses to reserve them. */
const UNRESERVED = 100

function diagnoseConcurrency(limit: number | undefined, parameters: Parameters): Finding[] {
  if (limit === undefined) return []
  const { region } = parameters
  const reserved = setAside(parameters)
  const have = `${limit} functions that this account may run at a time in ${region}`
  const more = 'ask AWS for more (Service Quotas, Lambda, "Concurrent executions")'
  if (reserved > 0 && limit - reserved < Math.min(UNRESERVED, limit)) {
    return [
      problem(
        `${reserved} executions would be reserved or kept warm of the ${have}, of which ${Math.min(UNRESERVED, limit)} stay unreserved; lower embedReserved, matchReserved, batchReserved, splitReserved, generateReserved, embedProvisioned or matchProvisioned, or ${more}.`,
      ),
    ]
  }
  const sharing = sharersOf(parameters)
  const files = sharing.reduce((sum, [, count]) => sum + count, 0)
  if (files <= limit - reserved)
    return [good(`The account may run ${limit} functions at a time in ${region}`)]
  const names = sharing.map(([name, count]) => `${name}=${count}`)
  const less = reserved > 0 ? ` less ${reserved} that are set aside` : ''
  return [
    warning(
      `${names.join(' and ')} are more than the ${have}${less}: files would wait for each other, and callers would be refused; lower them, or ${more}.`,
    ),
  ]
}

/** Executions that no other function gets: reserved ones, and those kept warm of a function that reserves none. */
function setAside(parameters: Parameters): number {
  const { embedReserved, embedProvisioned, matchReserved, matchProvisioned } = parameters
  const { batchReserved, splitReserved, generate, generateReserved } = parameters
  const own = [
    embedReserved ?? embedProvisioned,
    matchReserved ?? matchProvisioned,
    batchReserved,
    splitReserved,
    generate ? generateReserved : null,
  ]
  return own.reduce<number>((sum, each) => sum + (each ?? 0), 0)
}

/** What works on files with executions that all functions share, and with how many at most. */
function sharersOf(parameters: Parameters): [name: string, count: number][] {
  const { splitConcurrency, splitReserved, batchConcurrency, batchReserved, train } = parameters
  return [
    ...(splitReserved === null ? [['splitConcurrency', splitConcurrency] as [string, number]] : []),
    ...(batchReserved === null ? [['batchConcurrency', batchConcurrency] as [string, number]] : []),
    ...(train ? [['the function train', TRAIN_CONCURRENCY] as [string, number]] : []),
  ]
}

const SWITCH_ON = (name: string) =>
  `aws s3api put-bucket-notification-configuration --bucket ${name} --notification-configuration '{"EventBridgeConfiguration": {}}'`

function diagnoseBucket({
  parameter,
  name,
  created,
  state,
  ofStack,
  tellsEventBridge,
}: BucketFacts): Finding {
  if (created !== undefined) {
    if (state === 'absent') return good(`${parameter}=${CREATE}: the name ${name} is free`)
    if (ofStack) return good(`${parameter}=${CREATE}: the stack has ${name}`)
    return state === 'there'
      ? problem(
          `${parameter}=${CREATE}: the bucket ${name} is there already, and not of this stack, so that the deployment would end with "already exists"; deploy with ${parameter}=${name}, or delete it.`,
        )
      : problem(
          `${parameter}=${CREATE}: the name ${name} is taken by a bucket that these credentials may not look at; deploy another stage, or with a bucket of yours.`,
        )
  }
  if (state === 'absent')
    return problem(`${parameter}=${name}: there is no such bucket; make it, or give ${parameter}=${CREATE}.`)
  if (state === 'forbidden')
    return problem(`${parameter}=${name}: these credentials may not look at it, or it is in another region.`)
  if (parameter === 'dataBucket' && !tellsEventBridge)
    return problem(
      `${parameter}=${name}: it does not tell EventBridge of its objects, so that no file would be worked on; switch that on, which replaces its other notifications: ${SWITCH_ON(name)}`,
    )
  return good(`${parameter}=${name} is there`)
}
