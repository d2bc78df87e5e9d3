import { DATA_PREFIXES, dataBucketOf, MEGABYTE, MODEL_PREFIX, modelBucketOf } from './buckets.ts'
import { LAYER_MODELS, MOUNT } from './contradictions.ts'
import type { CloudFormation, Deployment, FunctionName } from './deployment.ts'
import type { Parameters } from './parameters.ts'
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
    ...(preload && { PRELOAD_MODELS: preload.join(',') }),
    ...(parameters.logInputs && { LOG_INPUTS: 'true' }),
    ...(tokenSource !== undefined && isHttp(name) && { AUTH_TOKEN_SOURCE: tokenSource }),
    ...(name === 'batch' && {
      SPLIT_BYTES: String(parameters.splitMegabytes * MEGABYTE),
      MOST_ATTEMPTS: String(parameters.batchAttempts),
    }),
    ...(name === 'match' && { COLLECTIONS: join(dataBucketOf(deployment).name, DATA_PREFIXES.collections) }),
  }
}

/** Whether a function is behind the HTTP API. */
export function isHttp(name: FunctionName): boolean {
  return name === 'embed' || name === 'match'
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
 * CommonJS.
 */
export function handlerOf({ parameters }: Deployment, name: FunctionName): string {
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
