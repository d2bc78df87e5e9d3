import { DATA_PREFIXES, dataBucketOf, MEGABYTE, MODEL_PREFIX, modelBucketOf } from './buckets.ts'
import { searchesCollections } from './collections.ts'
import { type CloudFormation, type Deployment, type FunctionName, getAtt } from './deployment.ts'
import { LAYER_MODELS, MOUNT } from './mounts.ts'
import type { Parameters } from './parameters.ts'
import { remoteEnvironmentOf } from './remote.ts'
import { generatedTokenName, tokenSourceOf } from './token-source.ts'

/** The environment of a function, as `src/config.ts` reads it. */
export function environmentOf(deployment: Deployment, name: FunctionName): Record<string, CloudFormation> {
  const { parameters } = deployment
  const { modelAliases, preload } = parameters
  const tokenSource = tokenSourceOf(deployment)
  return {
    MODEL_SOURCES: modelSourcesOf(deployment),
    DEFAULT_MODEL: parameters.defaultModel,
    ...(modelAliases && { MODEL_ALIASES: modelAliases.join(',') }),
    // Of models that make vectors.
    ...(preload && name !== 'generate' && { PRELOAD_MODELS: preload.join(',') }),
    // Pairs are never logged.
    ...(parameters.logInputs && name !== 'train' && { LOG_INPUTS: 'true' }),
    ...(tokenSource !== undefined && asksForToken(name) && { AUTH_TOKEN_SOURCE: tokenSource }),
    ...(name === 'batch' && {
      SPLIT_BYTES: String(parameters.splitMegabytes * MEGABYTE),
      MOST_ATTEMPTS: String(parameters.batchAttempts),
    }),
    ...(name === 'train' && { MOST_ATTEMPTS: String(parameters.batchAttempts) }),
    ...collectionsOf(deployment, name),
    ...remoteEnvironmentOf(parameters, name),
  }
}

/** Batch jobs search and build what `match` searches; those in the data bucket they find by their own bucket. */
function collectionsOf(deployment: Deployment, name: FunctionName): Record<string, CloudFormation> {
  const { collections, collectionsPasswordSource: source } = deployment.parameters
  if (collections === null)
    return name === 'match'
      ? { COLLECTIONS: join(dataBucketOf(deployment).name, DATA_PREFIXES.collections) }
      : {}
  return searchesCollections(name)
    ? { COLLECTIONS: collections, ...(source !== null && { COLLECTIONS_PASSWORD_SOURCE: source }) }
    : {}
}

/**
 * The function that learns, as `serverless.yml` would have it; undefined where it is not wanted. It has packages, layers
 * and network as the others have, and a role, a queue and a size of its own.
 */
export function trainFunctionOf(deployment: Deployment): Readonly<Record<string, unknown>> | undefined {
  const { train, trainMemory, trainTimeout, trainStorage } = deployment.parameters
  if (!train) return undefined
  const [network, mount] = [networkOf(deployment.parameters), mountOf(deployment.parameters)]
  return {
    description: 'Labelled pairs in a bucket to a model and a report beside them',
    handler: handlerOf(deployment, 'train'),
    memorySize: trainMemory,
    timeout: trainTimeout,
    ephemeralStorageSize: trainStorage,
    role: 'TrainRole',
    layers: [{ Ref: 'OnnxruntimeLambdaLayer' }, { Ref: 'ModelsLambdaLayer' }],
    ...(network && { vpc: network }),
    ...(mount && { fileSystemConfig: mount }),
    environment: environmentOf(deployment, 'train'),
    package: { patterns: ['dist/train.*', 'dist/later/*', 'dist/package.json'] },
    events: [
      {
        sqs: {
          arn: getAtt('TrainQueue', 'Arn'),
          batchSize: 1,
          functionResponseType: 'ReportBatchItemFailures',
          maximumConcurrency: TRAIN_CONCURRENCY,
        },
      },
    ],
  }
}

/** How many learning jobs run at a time: the least that SQS takes; a job is one function's work. */
export const TRAIN_CONCURRENCY = 2

/** Whether a function makes vectors behind the HTTP API. */
function isHttp(name: FunctionName): boolean {
  return name === 'embed' || name === 'match'
}

/** Whether callers reach a function from outside, and it has to ask them for the token where there is one. */
export function asksForToken(name: FunctionName): boolean {
  return isHttp(name) || name === 'generate'
}

function modelSourcesOf(deployment: Deployment): CloudFormation {
  const named = deployment.parameters.modelSources.join(',')
  const bucket = modelBucketOf(deployment)
  return bucket ? { 'Fn::Join': [',', [named, join(bucket.name, MODEL_PREFIX)]] } : named
}

function join(bucket: CloudFormation, path: string): CloudFormation {
  return { 'Fn::Join': ['', ['s3://', bucket, '/', path.replace(/\/$/, '')]] }
}

/**
 * The handler of a function. Models to preload are awaited by a module of its own, since Lambda awaits none in
 * CommonJS; what streams has a handler of its own.
 */
export function handlerOf({ parameters }: Deployment, name: FunctionName): string {
  if (name === 'generate' && parameters.generateDoor === 'url') return 'dist/generate.streaming'
  return parameters.preload && isHttp(name) ? `dist/${name}-preloaded.handler` : `dist/${name}.handler`
}

/** Where functions are in a VPC, when they are. */
export function networkOf({ vpcSubnets, vpcSecurityGroups }: Parameters): CloudFormation | undefined {
  if (vpcSubnets === null || vpcSecurityGroups === null) return undefined
  return { subnetIds: vpcSubnets, securityGroupIds: vpcSecurityGroups }
}

/** The file system that functions mount, when there is one. */
export function mountOf({ efsAccessPoint }: Parameters): CloudFormation | undefined {
  if (efsAccessPoint === null) return undefined
  const region: CloudFormation = { Ref: 'AWS::Region' }
  const account: CloudFormation = { Ref: 'AWS::AccountId' }
  const partition: CloudFormation = { Ref: 'AWS::Partition' }
  // The deploy tool takes no Fn::Sub here.
  const parts = ['arn', partition, 'elasticfilesystem', region, account, `access-point/${efsAccessPoint}`]
  return { arn: { 'Fn::Join': [':', parts] }, localMountPath: MOUNT }
}

/** An environment for this machine: models of the layer are in this checkout, and nothing of the stack is there. */
export function localEnvironment(
  environment: Readonly<Record<string, unknown>>,
  root: string,
  deployment: Deployment,
): Record<string, string> {
  const made = generatedTokenName(deployment)
  const plain = Object.entries(environment).flatMap(([name, value]) =>
    // A token that a deployment makes is in AWS, and who reaches this machine is on it.
    typeof value === 'string' && value !== `ssm:${made}` ? [[name, value] as const] : [],
  )
  const { MODEL_SOURCES = LAYER_MODELS } = Object.fromEntries(plain)
  return {
    ...Object.fromEntries(plain),
    MODEL_SOURCES: MODEL_SOURCES.split(',')
      .map((source) => (source === LAYER_MODELS ? `${root}/layers/models` : source))
      .join(','),
  }
}
