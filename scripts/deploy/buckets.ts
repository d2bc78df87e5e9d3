import { type CloudFormation, type Deployment, getAtt, type Resources, sub } from './deployment.ts'

/** The word for a bucket that the stack makes itself. */
export const CREATE = 'create'

/** Where files to be worked on are dropped in the data bucket, where the results appear, and named collections. */
export const DATA_PREFIXES = { input: 'input/', output: 'output/', collections: 'collections/' } as const

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
  // A stage to try things in leaves nothing behind; any other keeps what it was given.
  const deletionPolicy = stage === 'dev' ? 'Delete' : 'Retain'
  const make = (id: string, name: string, more: Readonly<Record<string, CloudFormation>>): Resources => ({
    [id]: {
      Type: 'AWS::S3::Bucket',
      DeletionPolicy: deletionPolicy,
      UpdateReplacePolicy: 'Retain',
      // S3 asks the queue whether it may send before the bucket is there.
      ...('NotificationConfiguration' in more && { DependsOn: 'BatchQueuePolicy' }),
      Properties: { ...PRIVATE, BucketName: sub(ownName(service, stage, name)), ...more },
    },
    [`${id}Policy`]: tlsOnly(id),
  })
  return {
    ...(parameters.dataBucket === CREATE &&
      make('DataBucket', 'data', {
        LifecycleConfiguration: { Rules: lifecycleOf(deployment) },
        NotificationConfiguration: {
          QueueConfigurations: [NOTIFICATION],
          EventBridgeConfiguration: { EventBridgeEnabled: true },
        },
      })),
    ...(parameters.modelBucket === CREATE &&
      make('ModelBucket', 'models', { LifecycleConfiguration: { Rules: HOUSEKEEPING } })),
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

function ownName(service: string, stage: string, name: string): string {
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
  BucketEncryption: {
    ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
  },
  VersioningConfiguration: { Status: 'Enabled' },
}

const HOUSEKEEPING: readonly CloudFormation[] = [
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
  const { outputDays } = parameters
  if (outputDays === null) return [...HOUSEKEEPING, temporary]
  return [
    ...HOUSEKEEPING,
    temporary,
    { Id: 'output', Status: 'Enabled', Prefix: DATA_PREFIXES.output, ExpirationInDays: outputDays },
  ]
}

/** Files go to the queue at once; EventBridge hears of all objects, for the rule on large files. */
const NOTIFICATION = {
  Event: 's3:ObjectCreated:*',
  Queue: getAtt('BatchQueue', 'Arn'),
  Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: DATA_PREFIXES.input }] } },
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
