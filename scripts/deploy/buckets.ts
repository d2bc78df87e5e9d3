import { LEARNED_PREFIX, TRAIN_PREFIX, TRAIN_SETTINGS } from '../../src/services/train/keys.ts'
import { type CloudFormation, type Deployment, getAtt, type Resources, sub } from './deployment.ts'

/** The word for a bucket that the stack makes itself. */
export const CREATE = 'create'

/**
 * Where files to be worked on are dropped in the data bucket, where the results appear, and named collections; pairs to
 * learn from, and what was learned.
 */
export const DATA_PREFIXES = {
  input: 'input/',
  output: 'output/',
  collections: 'collections/',
  train: TRAIN_PREFIX,
  learned: LEARNED_PREFIX,
} as const

/** The objects that begin a learning job, as a rule of EventBridge has them. */
export const TRAIN_KEYS = `${TRAIN_PREFIX}*/${TRAIN_SETTINGS}`

/** Bytes. */
export const MEGABYTE = 1024 * 1024

/** Where models lie in the model bucket. */
export const MODEL_PREFIX = 'models'

/** A bucket of the stack's own, or one that is there already. */
export interface Bucket {
  readonly name: CloudFormation
  readonly arn: CloudFormation
  /** The same without a reference to the bucket, for what the bucket itself depends on. */
  readonly plainArn: CloudFormation
}

/** The bucket for files in and out. */
export function dataBucketOf({ service, stage, parameters }: Deployment): Bucket {
  return bucketOf(parameters.dataBucket, 'DataBucket', ownName(service, stage, 'data'))
}

/** The bucket for models, when there is one. */
export function modelBucketOf({ service, stage, parameters }: Deployment): Bucket | undefined {
  const { modelBucket } = parameters
  return modelBucket === null
    ? undefined
    : bucketOf(modelBucket, 'ModelBucket', ownName(service, stage, 'models'))
}

/** The buckets that the stack makes, with their policies. */
export function bucketResources(deployment: Deployment): Resources {
  const { service, stage, parameters } = deployment
  // A stage to try things in leaves nothing behind; any other keeps what it was given. But a bucket that a failed
  // deployment leaves outside the stack would make every further one fail, for its name is taken.
  const deletionPolicy = stage === 'dev' ? 'Delete' : 'RetainExceptOnCreate'
  const make = (
    id: string,
    name: OwnBucket,
    key: string | null,
    more: Readonly<Record<string, CloudFormation>>,
  ): Resources => ({
    [id]: {
      Type: 'AWS::S3::Bucket',
      DeletionPolicy: deletionPolicy,
      UpdateReplacePolicy: 'Retain',
      // S3 asks the queue whether it may send before the bucket is there.
      ...('NotificationConfiguration' in more && {
        DependsOn: parameters.train ? ['BatchQueuePolicy', 'TrainQueuePolicy'] : 'BatchQueuePolicy',
      }),
      Properties: {
        ...PRIVATE,
        BucketEncryption: encryptionOf(key),
        BucketName: sub(ownName(service, stage, name)),
        ...more,
      },
    },
    // What stays is still reached by TLS only.
    [`${id}Policy`]: { ...tlsOnly(id), DeletionPolicy: deletionPolicy, UpdateReplacePolicy: 'Retain' },
  })
  return {
    ...(parameters.dataBucket === CREATE &&
      make('DataBucket', 'data', parameters.dataKey, {
        LifecycleConfiguration: { Rules: lifecycleOf(deployment) },
        NotificationConfiguration: {
          QueueConfigurations: [NOTIFICATION, ...(parameters.train ? [TRAIN_NOTIFICATION] : [])],
          EventBridgeConfiguration: { EventBridgeEnabled: true },
        },
      })),
    ...(parameters.modelBucket === CREATE &&
      make('ModelBucket', 'models', parameters.modelKey, {
        LifecycleConfiguration: { Rules: HOUSEKEEPING },
      })),
  }
}

/** Longest that S3 allows. */
const LONGEST_NAME = 63
const ACCOUNT_DIGITS = 12

/** Why the names of the stack's own buckets would be too long for S3; undefined when they are not. */
export function excessiveName({ service, stage, parameters }: Deployment): string | undefined {
  const fixed = ownName(service, stage, 'models').replace(/\$\{[^}]*\}/g, '')
  const length = fixed.length + ACCOUNT_DIGITS + parameters.region.length
  if (length <= LONGEST_NAME) return undefined
  return `The stage ${stage} would name buckets with ${length} characters; S3 allows ${LONGEST_NAME}. Expected a stage with ${length - LONGEST_NAME} fewer.`
}

/** Buckets that the stack may make itself. */
type OwnBucket = 'data' | 'models'

/** How the stack calls a bucket that it makes in an account, in plain text. */
export function ownBucketName(
  { service, stage, parameters }: Deployment,
  name: OwnBucket,
  account: string,
): string {
  return ownName(service, stage, name)
    .replace(`\${AWS::AccountId}`, account)
    .replace(`\${AWS::Region}`, parameters.region)
}

/** Why AWS would not take the names of the stack, its queues or buckets for their letters; undefined when it would. */
export function forbiddenName({ service, stage }: Deployment): string | undefined {
  if (/^[a-z0-9-]*$/.test(service + stage)) return undefined
  return `The stage ${stage} would name stack, queues and buckets ${service}-${stage}-…; AWS takes lower-case letters, digits and hyphens. Expected such a stage.`
}

function ownName(service: string, stage: string, name: OwnBucket): string {
  // Names of buckets are unique in the world.
  return `${service}-${stage}-${name}-\${AWS::AccountId}-\${AWS::Region}`
}

function bucketOf(given: string, id: string, own: string): Bucket {
  if (given === CREATE) {
    return { name: { Ref: id }, arn: getAtt(id, 'Arn'), plainArn: sub(`arn:\${AWS::Partition}:s3:::${own}`) }
  }
  const arn = sub(`arn:\${AWS::Partition}:s3:::${given}`)
  return { name: given, arn, plainArn: arn }
}

const PRIVATE = {
  PublicAccessBlockConfiguration: {
    BlockPublicAcls: true,
    BlockPublicPolicy: true,
    IgnorePublicAcls: true,
    RestrictPublicBuckets: true,
  },
  OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
  VersioningConfiguration: { Status: 'Enabled' },
}

/** With a customer's key, S3 asks for a key of the bucket once instead of one for each object: a hundredth of the calls. */
function encryptionOf(key: string | null): CloudFormation {
  const rule =
    key === null
      ? { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }
      : {
          ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key },
          BucketKeyEnabled: true,
        }
  return { ServerSideEncryptionConfiguration: [rule] }
}

/** Rules for every bucket: what was never finished goes after a day, what was replaced after a month. */
export const HOUSEKEEPING: readonly CloudFormation[] = [
  {
    Id: 'unfinished-uploads',
    Status: 'Enabled',
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
  },
  {
    Id: 'old-versions',
    Status: 'Enabled',
    NoncurrentVersionExpiration: { NoncurrentDays: 30 },
    ExpiredObjectDeleteMarker: true,
  },
]

function lifecycleOf({ parameters }: Deployment): readonly CloudFormation[] {
  const temporary = { Id: 'temporary', Status: 'Enabled', Prefix: 'tmp/', ExpirationInDays: 1 }
  const { outputDays, inputDays } = parameters
  const ending = (name: 'output' | 'input', days: number | null) =>
    days === null
      ? []
      : [{ Id: name, Status: 'Enabled', Prefix: DATA_PREFIXES[name], ExpirationInDays: days }]
  return [...HOUSEKEEPING, temporary, ...ending('output', outputDays), ...ending('input', inputDays)]
}

/** Files go to the queue at once; EventBridge hears of all objects, for the rule on large files. */
const NOTIFICATION = {
  Event: 's3:ObjectCreated:*',
  Queue: getAtt('BatchQueue', 'Arn'),
  Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: DATA_PREFIXES.input }] } },
}

/** Settings begin a learning job: they are uploaded last. */
const TRAIN_NOTIFICATION = {
  Event: 's3:ObjectCreated:*',
  Queue: getAtt('TrainQueue', 'Arn'),
  Filter: {
    S3Key: {
      Rules: [
        { Name: 'prefix', Value: DATA_PREFIXES.train },
        { Name: 'suffix', Value: `/${TRAIN_SETTINGS}` },
      ],
    },
  },
}

function tlsOnly(id: string) {
  return {
    Type: 'AWS::S3::BucketPolicy',
    Properties: {
      Bucket: { Ref: id },
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'TlsOnly',
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:*',
            Resource: [getAtt(id, 'Arn'), sub(`\${${id}.Arn}/*`)],
            Condition: { Bool: { 'aws:SecureTransport': false } },
          },
        ],
      },
    },
  }
}
