import { isS3Vectors, parseS3Vectors } from '../../src/collections/s3vectors/place.ts'
import { LEARNED_NOTES } from '../../src/services/train/keys.ts'
import { parseSecretSource } from '../../src/storage/secret-source.ts'
import { parseSource } from '../../src/storage/source.ts'
import { type Bucket, DATA_PREFIXES, dataBucketOf, MODEL_PREFIX, modelBucketOf } from './buckets.ts'
import { searchesCollections } from './collections.ts'
import {
  arnHere,
  type CloudFormation,
  type Deployment,
  type FunctionName,
  functionsOf,
  getAtt,
  type Resource,
  type Resources,
  sub,
} from './deployment.ts'
import { asksForToken } from './functions.ts'
import { asksRemote } from './remote.ts'
import { tokenSourceOf } from './token-source.ts'
import { LAMBDA_TRUST } from './trust.ts'

/** A permission: what may be done with what. */
type Statement = { readonly [part in 'Effect' | 'Action' | 'Resource']: CloudFormation } & {
  readonly Condition?: CloudFormation
}

/** Actions that AWS offers for all resources or none. */
export const CANNOT_BE_NARROWED = {
  tracing: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
  machineTracing: [
    ...['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
    ...['xray:GetSamplingRules', 'xray:GetSamplingTargets'],
  ],
  network: [
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ],
} as const

/** The logical id of a function's role. */
function roleIdOf(name: FunctionName): string {
  return `${capitalized(name)}Role`
}

/** One role for each function, with what that function does and nothing more. */
export function roleResources(deployment: Deployment): Resources {
  return Object.fromEntries(functionsOf(deployment).map((name) => [roleIdOf(name), roleOf(deployment, name)]))
}

function roleOf(deployment: Deployment, name: FunctionName): Resource {
  const statements = [
    allow(['logs:CreateLogStream', 'logs:PutLogEvents'], getAtt(`${capitalized(name)}LogGroup`, 'Arn')),
    ...modelStatements(deployment),
    ...keyStatements(deployment, name),
    ...(asksForToken(name) ? httpStatements(deployment) : []),
    ...(name === 'batch' || name === 'split' ? fileStatements(dataBucketOf(deployment)) : []),
    ...(name === 'train' ? trainStatements(dataBucketOf(deployment)) : []),
    ...(name === 'batch' || name === 'train' ? [queueStatement(`${capitalized(name)}Queue`)] : []),
    ...(name === 'match' && deployment.parameters.collections === null
      ? collectionStatements(dataBucketOf(deployment))
      : []),
    ...vectorStatements(deployment, name),
    ...passwordStatements(deployment, name),
    ...remoteStatements(deployment, name),
    ...networkStatements(deployment, name),
    ...(deployment.parameters.tracing ? [allow(CANNOT_BE_NARROWED.tracing, '*')] : []),
  ]
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: LAMBDA_TRUST,
      Policies: [
        {
          PolicyName: name,
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: statements,
          },
        },
      ],
    },
  }
}

/** Models in buckets are read, and what is there is listed. */
function modelStatements(deployment: Deployment): Statement[] {
  const own = modelBucketOf(deployment)
  const places = deployment.parameters.modelSources.flatMap((text) => {
    const source = parseSource(text)
    return source?.kind === 's3' ? [{ arn: `arn:\${AWS::Partition}:s3:::${source.bucket}`, ...source }] : []
  })
  return [
    ...(own ? readingOf(own.arn, below(own, `${MODEL_PREFIX}/*`), `${MODEL_PREFIX}/*`) : []),
    ...places.flatMap(({ arn, prefix }) =>
      readingOf(sub(arn), sub([arn, prefix, '*'].filter(Boolean).join('/')), prefix && `${prefix}/*`),
    ),
  ]
}

/** Objects under a customer's key are read and written with leave to use it, through S3 alone. */
function keyStatements({ parameters }: Deployment, name: FunctionName): Statement[] {
  const { dataKey, modelKey } = parameters
  const data = name === 'embed' || name === 'generate' ? [] : name === 'match' ? READING : WRITING
  return [
    ...(modelKey === null ? [] : [usingKey(READING, modelKey)]),
    ...(dataKey === null || data.length === 0 ? [] : [usingKey(data, dataKey)]),
  ]
}

const READING = ['kms:Decrypt'] as const
const WRITING = ['kms:Decrypt', 'kms:GenerateDataKey'] as const

/** Leave to use a key for what S3, or another service, keeps in this region. */
export function usingKey(actions: readonly string[], key: string, service = 's3'): Statement {
  const via = sub(`${service}.\${AWS::Region}.\${AWS::URLSuffix}`)
  return { ...allow(actions, key), Condition: { StringEquals: { 'kms:ViaService': via } } }
}

function readingOf(bucket: CloudFormation, objects: CloudFormation, listed: string): Statement[] {
  return [allow(['s3:GetObject'], objects), listing(bucket, listed === '' ? [] : [listed])]
}

/**
 * Leave to list what a role reads and no more: names of files are names of people, too. S3 then calls a missing object
 * forbidden, and the store asks by listing. No prefixes: the whole bucket, of which every object may be read.
 */
function listing(bucket: CloudFormation, prefixes: readonly string[]): Statement {
  const statement = allow(['s3:ListBucket'], bucket)
  return prefixes.length === 0
    ? statement
    : { ...statement, Condition: { StringLike: { 's3:prefix': prefixes } } }
}

function collectionStatements(data: Bucket): Statement[] {
  const { collections } = DATA_PREFIXES
  return readingOf(data.arn, below(data, `${collections}*`), `${collections}*`)
}

/** What searching asks of Amazon S3 Vectors: filters and metadata need GetVectors too. */
const SEARCHING_VECTORS = ['s3vectors:QueryVectors', 's3vectors:GetVectors'] as const
/** Rows are added beside a lock, which is an index; a collection that is not there yet is an index as well. */
const WRITING_VECTORS = [
  ...SEARCHING_VECTORS,
  's3vectors:PutVectors',
  's3vectors:CreateIndex',
  's3vectors:DeleteIndex',
] as const

/** The indexes of collections in a vector bucket: the list of them, and those that begin with its name. */
function vectorStatements({ parameters }: Deployment, name: FunctionName): Statement[] {
  const { collections } = parameters
  if (collections === null || !isS3Vectors(collections) || !searchesCollections(name)) return []
  const { bucket, index } = parseS3Vectors(collections)
  const indexes = [index, `${index}-*`].map((one) => arnHere('s3vectors', `bucket/${bucket}/index/${one}`))
  return [allow(name === 'match' ? SEARCHING_VECTORS : WRITING_VECTORS, indexes)]
}

/** The password of the database of collections, for those who search there. */
function passwordStatements({ parameters }: Deployment, name: FunctionName): Statement[] {
  const { collectionsPasswordSource: source, collectionsPasswordKey: key } = parameters
  return source === null || !searchesCollections(name) ? [] : secretStatements(source, key)
}

/** The key of the server of language models. */
function remoteStatements({ parameters }: Deployment, name: FunctionName): Statement[] {
  const { generateKeySource: source } = parameters
  return source === null || !asksRemote(name) ? [] : secretStatements(source, null)
}

/** Reads files, writes and replaces results. */
function fileStatements(data: Bucket): Statement[] {
  const paths = [`${DATA_PREFIXES.output}*`, `${DATA_PREFIXES.collections}*`, 'tmp/*']
  const read = [`${DATA_PREFIXES.input}*`, ...paths]
  const written = paths.map((path) => below(data, path))
  return [
    allow(
      ['s3:GetObject'],
      read.map((path) => below(data, path)),
    ),
    allow(['s3:PutObject', 's3:DeleteObject'], written),
    listing(data.arn, read),
  ]
}

/**
 * Reads pairs, writes what was learned, and takes away nothing but what it keeps meanwhile: a model that is there stays
 * there, and what callers send or other jobs wrote is out of reach.
 */
function trainStatements(data: Bucket): Statement[] {
  const learned = below(data, `${DATA_PREFIXES.learned}*`)
  return [
    allow(['s3:GetObject'], [below(data, `${DATA_PREFIXES.train}*`), learned]),
    allow(['s3:PutObject'], learned),
    allow(['s3:DeleteObject'], below(data, `${LEARNED_NOTES}*`)),
    listing(data.arn, [`${DATA_PREFIXES.train}*`, `${DATA_PREFIXES.learned}*`]),
  ]
}

/** Takes messages, and tells the queue when one may come again. */
function queueStatement(queue: string): Statement {
  return allow(
    ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'],
    getAtt(queue, 'Arn'),
  )
}

/** The secret that callers must send. */
function httpStatements(deployment: Deployment): Statement[] {
  const source = tokenSourceOf(deployment)
  return source === undefined ? [] : secretStatements(source, deployment.parameters.tokenKey)
}

/** Leave to read one secret, and to use the key that it is encrypted with when that is the account's own. */
function secretStatements(source: string, key: string | null): Statement[] {
  const { kind, name } = parseSecretSource(source)!
  const secret =
    kind === 'ssm'
      ? allow(['ssm:GetParameter'], arnHere('ssm', `parameter/${name.replace(/^\//, '')}`))
      : // Secrets Manager ends the ARN of a secret in six characters of its own.
        allow(['secretsmanager:GetSecretValue'], arnHere('secretsmanager', `secret:${name}-??????`))
  const reader = kind === 'ssm' ? 'ssm' : 'secretsmanager'
  return [secret, ...(key === null ? [] : [usingKey(READING, key, reader)])]
}

function networkStatements({ service, stage, parameters }: Deployment, name: FunctionName): Statement[] {
  const { vpcSubnets, efsFileSystem, efsAccessPoint } = parameters
  const program = arnHere('lambda', `function:${service}-${stage}-${name}`)
  return [
    ...(vpcSubnets === null
      ? []
      : [
          allow(CANNOT_BE_NARROWED.network, '*'),
          // Lambda joins the network with the role of the function; the program itself has no business there.
          {
            ...{ Effect: 'Deny', Action: CANNOT_BE_NARROWED.network, Resource: '*' },
            Condition: { ArnEquals: { 'lambda:SourceFunctionArn': program } },
          },
        ]),
    ...(efsFileSystem === null
      ? []
      : [
          {
            ...allow(
              ['elasticfilesystem:ClientMount'],
              arnHere('elasticfilesystem', `file-system/${efsFileSystem}`),
            ),
            Condition: {
              StringEquals: {
                'elasticfilesystem:AccessPointArn': arnHere(
                  'elasticfilesystem',
                  `access-point/${efsAccessPoint}`,
                ),
              },
            },
          },
        ]),
  ]
}

function allow(actions: readonly string[], resource: CloudFormation): Statement {
  return { Effect: 'Allow', Action: actions, Resource: resource }
}

function below(bucket: Bucket, path: string): CloudFormation {
  return { 'Fn::Join': ['/', [bucket.arn, path]] }
}

function capitalized(name: string): string {
  return name[0]!.toUpperCase() + name.slice(1)
}
