import { excessiveName, forbiddenName } from './buckets.ts'
import { COLLECTION_CHECKS } from './collections.ts'
import type { Deployment } from './deployment.ts'
import { GENERATE } from './generate.ts'
import { JUDGE_CHECKS } from './judge.ts'
import { LAYER_MODELS, MOUNT, within } from './mounts.ts'
import type { Parameters } from './parameters.ts'
import { partitionOf } from './partition.ts'
import { REMOTE_CHECKS } from './remote.ts'

/** The only stage that may be open to everyone. */
const OPEN_STAGE = 'dev'

/** Whether the parameters contradict each other, in a sentence with its remedy; undefined when they do not. */
type Check = (parameters: Parameters, stage: string) => string | undefined

const CHECKS: readonly Check[] = [
  ({ auth }, stage) =>
    auth === 'none' && stage !== OPEN_STAGE
      ? `auth=none would open the stage ${stage} to everyone; choose token, jwt or iam.`
      : undefined,
  ({ auth, tokenSource }) =>
    auth === 'token' && tokenSource === null
      ? 'auth=token needs tokenSource: generate, or a secret of yours such as ssm:/serverless-embeddings/token.'
      : undefined,
  ({ auth, tokenSource, tokenKey }) =>
    auth !== 'token' && ((tokenSource !== GENERATE && tokenSource !== null) || tokenKey !== null)
      ? `tokenSource and tokenKey are of use with auth=token only; auth is ${auth}.`
      : undefined,
  ({ auth, jwtIssuer, jwtAudience }) =>
    auth === 'jwt' && (jwtIssuer === null || jwtAudience === null)
      ? 'auth=jwt needs jwtIssuer and jwtAudience.'
      : undefined,
  ({ auth, jwtIssuer, jwtAudience }) =>
    auth !== 'jwt' && (jwtIssuer ?? jwtAudience) !== null
      ? `jwtIssuer and jwtAudience are of use with auth=jwt only; auth is ${auth}.`
      : undefined,
  (parameters) => provisionedBeyondReserved('embed', parameters.embedProvisioned, parameters.embedReserved),
  (parameters) => provisionedBeyondReserved('match', parameters.matchProvisioned, parameters.matchReserved),
  ({ batchConcurrency, batchReserved }) =>
    batchReserved !== null && batchConcurrency > batchReserved
      ? `batchConcurrency=${batchConcurrency} is more than batchReserved=${batchReserved}: messages would be throttled into the dead-letter queue; lower the one or raise the other.`
      : undefined,
  ({ splitConcurrency, splitReserved }) =>
    splitReserved !== null && splitConcurrency > splitReserved
      ? `splitConcurrency=${splitConcurrency} is more than splitReserved=${splitReserved}: one large file would be throttled by its own workers; lower the one or raise the other.`
      : undefined,
  (parameters) => elsewhere(parameters),
  (parameters) => (parameters.generate ? chatBeyondDoor(parameters) : undefined),
  ({ rateLimit, burstLimit }) =>
    burstLimit > 2 * rateLimit + 100
      ? `burstLimit=${burstLimit} is far above rateLimit=${rateLimit}; expected at most ${2 * rateLimit + 100}.`
      : undefined,
  ({ vpcSubnets, vpcSecurityGroups }) =>
    (vpcSubnets === null) !== (vpcSecurityGroups === null)
      ? 'vpcSubnets and vpcSecurityGroups belong together; give both or none.'
      : undefined,
  ({ efsFileSystem, efsAccessPoint }) =>
    (efsFileSystem === null) !== (efsAccessPoint === null)
      ? 'efsFileSystem and efsAccessPoint belong together; give both or none.'
      : undefined,
  ({ efsFileSystem, vpcSubnets }) =>
    efsFileSystem !== null && vpcSubnets === null
      ? 'A file system is reached from a VPC only; give vpcSubnets and vpcSecurityGroups too.'
      : undefined,
  ({ efsFileSystem, modelSources }) => {
    const mounted = modelSources.some((source) => within(source, '/mnt'))
    if (mounted === (efsFileSystem !== null)) return undefined
    return mounted
      ? `modelSources names a mount, but no file system is mounted; give efsFileSystem and efsAccessPoint.`
      : `The file system would be mounted at ${MOUNT} and never read; add ${MOUNT} to modelSources.`
  },
  ({ modelSources }) => {
    const other = modelSources.find(
      (source) => source.startsWith('/') && !within(source, '/opt') && !within(source, MOUNT),
    )
    return other === undefined
      ? undefined
      : `modelSources names ${other}, which a function does not have; expected ${LAYER_MODELS}, ${MOUNT}, s3://…, https://… or hf:.`
  },
  ({ modelBucket, dataBucket }) =>
    modelBucket !== null && modelBucket !== 'create' && modelBucket === dataBucket
      ? 'modelBucket and dataBucket are the same; who may write data could replace models. Use two buckets.'
      : undefined,
  ({ modelKey, modelBucket, modelSources }) =>
    modelKey !== null && modelBucket === null && !modelSources.some((source) => source.startsWith('s3://'))
      ? 'modelKey is of use with models in a bucket only; give modelBucket or an s3:// source too.'
      : undefined,
  ({ tokenSource }) => halfPath('tokenSource', tokenSource),
  ({ collectionsPasswordSource: source }) => halfPath('collectionsPasswordSource', source),
  ({ generateKeySource: source }) => halfPath('generateKeySource', source),
  ...COLLECTION_CHECKS,
  ...JUDGE_CHECKS,
  ...REMOTE_CHECKS,
  ({ modelAliases }) => aliasesBeyondEnvironment(modelAliases),
  ({ corsOrigins }) =>
    corsOrigins !== null && corsOrigins.length > 1 && corsOrigins.includes('*')
      ? 'corsOrigins has * beside other origins; give * alone or leave it out.'
      : undefined,
]

function halfPath(parameter: string, source: string | null): string | undefined {
  return source !== null && /^ssm:[^/]+\//.test(source)
    ? `${parameter}=${source} has slashes and begins with none, which Systems Manager refuses; give ssm:/${source.slice('ssm:'.length)}.`
    : undefined
}

/** What the door of language models cannot do, or should not: its URL knows signatures and no JWT, and limits nobody. */
function chatBeyondDoor({ auth, generateDoor, generateTimeout, generateReserved }: Parameters) {
  if (generateDoor === 'api')
    return generateTimeout > API_SECONDS
      ? `generateDoor=api answers within ${API_SECONDS} s, and generateTimeout=${generateTimeout}; give generateTimeout=${API_SECONDS}, or generateDoor=url.`
      : undefined
  if (auth === 'none')
    return 'auth=none would let everyone have a language model work by its URL, as often as they like; choose token or iam, or generateDoor=api.'
  if (auth === 'jwt')
    return 'The URL of generateDoor=url knows no JWT; choose auth=iam or token, or generateDoor=api.'
  return generateReserved === null
    ? 'The URL of generateDoor=url has no limit of requests; give generateReserved, the most conversations at a time.'
    : undefined
}

/** An HTTP API answers within 30 seconds or not at all; one is kept for the answer's way. */
const API_SECONDS = 29

/** Bytes of the environment that Lambda allows, names included; the rest of the stack's settings are few. */
const ENVIRONMENT_BYTES = 4096
const OTHER_SETTINGS_BYTES = 1024

function aliasesBeyondEnvironment(aliases: readonly string[] | null): string | undefined {
  const bytes = Buffer.byteLength(aliases?.join(',') ?? '')
  const most = ENVIRONMENT_BYTES - OTHER_SETTINGS_BYTES
  return bytes > most
    ? `modelAliases has ${bytes} bytes; Lambda allows ${ENVIRONMENT_BYTES} for the whole environment, which leaves ${most}. Give fewer aliases, or aliases in the catalog.`
    : undefined
}

/**
 * China and GovCloud are worlds of their own: a name of one of them is unknown in the others. Within one, alarms tell
 * topics of their region alone, and S3 and Systems Manager use keys of theirs.
 */
function elsewhere(parameters: Parameters): string | undefined {
  const { region } = parameters
  const wanted = partitionOf(region)
  for (const name of ['alarmTopic', 'tokenKey', 'dataKey', 'modelKey', 'collectionsPasswordKey'] as const) {
    const [, partition, , place] = parameters[name]?.split(':') ?? []
    if (partition === undefined) continue
    if (partition !== wanted)
      return `${name} is in the partition ${partition}, and the region ${region} in ${wanted}; give one of that region.`
    if (place !== region)
      return `${name} is in ${place}, and the stack in ${region}; give one of that region.`
  }
  return undefined
}

function provisionedBeyondReserved(
  name: string,
  provisioned: number | null,
  reserved: number | null,
): string | undefined {
  if (provisioned === null || reserved === null || provisioned <= reserved) return undefined
  return `${name}Provisioned=${provisioned} is more than ${name}Reserved=${reserved}; lower the one or raise the other.`
}

/** Everything in which parameters contradict each other or the stage, one sentence each. */
export function findContradictions(deployment: Deployment): string[] {
  const { parameters, stage } = deployment
  return [
    ...CHECKS.flatMap((check) => check(parameters, stage) ?? []),
    ...[excessiveName, forbiddenName].flatMap((check) => check(deployment) ?? []),
  ]
}
