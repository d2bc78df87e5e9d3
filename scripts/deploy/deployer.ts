import { wantedBuckets } from './account-findings.ts'
import type { Deployment } from './deployment.ts'
import { GENERATE } from './generate.ts'
import { partitionOf } from './partition.ts'

/** What a deployer does with some resources. */
interface Need {
  readonly service: string
  /** Names of actions without their service. */
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  readonly condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

/** A policy of IAM as it is written down, as far as a check needs it. */
export interface PolicyDocument {
  readonly Version: string
  readonly Statement: readonly PolicyStatement[]
}

/** A statement of a policy. */
interface PolicyStatement {
  readonly Sid?: string
  readonly Effect: string
  readonly Action?: string | readonly string[]
  readonly NotAction?: string | readonly string[]
  readonly Resource?: string | readonly string[]
  readonly NotResource?: string | readonly string[]
  readonly Condition?: unknown
}

/** The least that whoever deploys, updates and removes a stack needs, as a policy of IAM. */
export function deployerPolicy(deployment: Deployment, account: string): PolicyDocument {
  const statements = needsOf(deployment, account).map(
    ({ service, actions, resources, condition }, index) => ({
      Sid: `${service.replace(/\W/g, '')}${index}`,
      Effect: 'Allow',
      Action: actions.map((action) => `${service}:${action}`),
      Resource: resources,
      ...(condition && { Condition: condition }),
    }),
  )
  return { Version: '2012-10-17', Statement: statements }
}

/**
 * The actions that a policy does not allow although a deployment needs them, with their resources. It asks no AWS: a
 * condition counts as met, and what other policies, boundaries or the organisation add or take away is not known here.
 */
export function missingPermissions(
  policy: PolicyDocument,
  deployment: Deployment,
  account: string,
): string[] {
  return needsOf(deployment, account).flatMap(({ service, actions, resources }) =>
    actions.flatMap((name) =>
      resources
        .filter((resource) => !allows(policy, `${service}:${name}`, resource))
        .map((resource) => `${service}:${name} on ${resource}`),
    ),
  )
}

/** Something has to allow all of it, and nothing may deny a part of it. */
function allows({ Statement }: PolicyDocument, action: string, resource: string): boolean {
  const speaks = (statement: PolicyStatement, match: typeof covers): boolean => {
    const { Action, NotAction, Resource, NotResource } = statement
    const names = (pattern: string) => match(pattern.toLowerCase(), action.toLowerCase())
    const means = (pattern: string) => match(pattern, resource)
    return (
      (NotAction === undefined ? listOf(Action).some(names) : !listOf(NotAction).some(names)) &&
      (NotResource === undefined ? listOf(Resource).some(means) : !listOf(NotResource).some(means))
    )
  }
  const denies = (statement: PolicyStatement) =>
    statement.Effect === 'Deny' && statement.Condition === undefined && speaks(statement, meets)
  return (
    Statement.some((statement) => statement.Effect === 'Allow' && speaks(statement, covers)) &&
    !Statement.some(denies)
  )
}

/** Whether one of two patterns covers the other, so that both mean something in common. */
function meets(pattern: string, text: string): boolean {
  return covers(pattern, text) || covers(text, pattern)
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value
}

/** Whether a pattern of IAM allows everything that a second one does: `*` is any text, `?` one character. */
function covers(pattern: string, text: string): boolean {
  const parts = pattern.split('*')
  const [first = '', ...rest] = parts
  if (rest.length === 0) return same(first, text)
  if (!same(first, text.slice(0, first.length))) return false
  let from = first.length
  for (const part of rest.slice(0, -1)) {
    const found = findFrom(part, text, from)
    if (found < 0) return false
    from = found + part.length
  }
  const last = rest.at(-1)!
  return text.length - last.length >= from && same(last, text.slice(text.length - last.length))
}

function findFrom(part: string, text: string, from: number): number {
  for (let at = from; at + part.length <= text.length; at++) {
    if (same(part, text.slice(at, at + part.length))) return at
  }
  return -1
}

function same(pattern: string, text: string): boolean {
  return (
    pattern.length === text.length &&
    Array.from(pattern).every((character, index) => character === '?' || character === text[index])
  )
}

function needsOf(deployment: Deployment, account: string): Need[] {
  const { service, stage, parameters } = deployment
  const { region, tokenSource, tokenKey, auth, vpcSubnets, efsFileSystem } = parameters
  const stack = `${service}-${stage}`
  const partition = partitionOf(region)
  const here = (name: string, resource: string) => `arn:${partition}:${name}:${region}:${account}:${resource}`
  const need = (name: string, actions: string, ...resources: string[]): Need => ({
    service: name,
    actions: actions.trim().split(/\s+/),
    resources,
  })
  // CloudFormation shortens both parts of the name of the deployment bucket from behind.
  const deployments = `arn:${partition}:s3:::${service}-*-serverlessdeploymentbuc*`
  const [made, adopted] = bucketsOf(deployment, account).map((names) =>
    names.map((name) => `arn:${partition}:s3:::${name}`),
  ) as [string[], string[]]
  const roles = `arn:${partition}:iam::${account}:role/${stack}-*`
  const api = (path: string) => `arn:${partition}:apigateway:${region}::${path}`
  return [
    need('cloudformation', STACK_ACTIONS, here('cloudformation', `stack/${stack}/*`)),
    need('cloudformation', 'ValidateTemplate', '*'),
    need('s3', BUCKET_ACTIONS, deployments, ...made),
    ...(adopted.length === 0 ? [] : [need('s3', ADOPTING_ACTIONS, ...adopted)]),
    // What callers send and what came of it is not the deployer's to read.
    need('s3', OBJECT_ACTIONS, `${deployments}/*`),
    need('lambda', FUNCTION_ACTIONS, here('lambda', `function:${stack}-*`)),
    need('lambda', 'PublishLayerVersion', here('lambda', `layer:${stack}-*`)),
    need('lambda', 'GetLayerVersion DeleteLayerVersion', here('lambda', `layer:${stack}-*:*`)),
    need('lambda', MAPPING_ACTIONS, '*'),
    need('iam', ROLE_ACTIONS, roles),
    { ...need('iam', 'PassRole', roles), condition: { StringEquals: { 'iam:PassedToService': TAKERS } } },
    need('apigateway', 'GET POST PUT PATCH DELETE', api('/apis'), api('/apis/*'), api('/tags/*')),
    need('logs', LOG_ACTIONS, here('logs', `log-group:/aws/*/${stack}*`)),
    need('logs', LOG_DELIVERY_ACTIONS, '*'),
    need('sqs', QUEUE_ACTIONS, here('sqs', `${stack}-*`)),
    need('events', RULE_ACTIONS, here('events', `rule/${stack}-*`)),
    need('states', MACHINE_ACTIONS, here('states', `stateMachine:${stack}-*`)),
    need('cloudwatch', ALARM_ACTIONS, here('cloudwatch', `alarm:${stack}-*`)),
    need(
      'cloudwatch',
      'PutDashboard GetDashboard DeleteDashboards',
      `arn:${partition}:cloudwatch::${account}:dashboard/${stack}`,
    ),
    need('ecr', 'DescribeRepositories', here('ecr', `repository/serverless-${stack}`)),
    need('sts', 'GetCallerIdentity', '*'),
    ...(auth === 'token' && tokenSource === GENERATE
      ? [
          need('ssm', TOKEN_ACTIONS, here('ssm', `parameter/${service}/${stage}/token`)),
          ...(tokenKey === null ? [] : [need('kms', 'Encrypt', tokenKey)]),
        ]
      : []),
    ...(vpcSubnets === null ? [] : [need('ec2', NETWORK_ACTIONS, '*')]),
    ...(efsFileSystem === null
      ? []
      : [need('elasticfilesystem', 'DescribeAccessPoints DescribeMountTargets', '*')]),
  ]
}

/** The buckets of an account that a deployment makes, and those that are to be there already. */
function bucketsOf(deployment: Deployment, account: string): [made: string[], adopted: string[]] {
  const wanted = wantedBuckets(deployment, account)
  const names = (own: boolean) =>
    wanted.filter(({ created }) => (created !== undefined) === own).map(({ name }) => name)
  return [names(true), names(false)]
}

const STACK_ACTIONS = `CreateChangeSet DescribeChangeSet ExecuteChangeSet DeleteChangeSet CreateStack UpdateStack DeleteStack
  DescribeStacks DescribeStackEvents DescribeStackResource DescribeStackResources ListStackResources GetTemplate`
const BUCKET_ACTIONS = `CreateBucket DeleteBucket ListBucket ListBucketVersions GetBucketLocation
  GetEncryptionConfiguration PutEncryptionConfiguration GetBucketPolicy PutBucketPolicy DeleteBucketPolicy
  GetBucketPublicAccessBlock PutBucketPublicAccessBlock GetBucketOwnershipControls PutBucketOwnershipControls
  GetBucketVersioning PutBucketVersioning GetLifecycleConfiguration PutLifecycleConfiguration
  GetBucketNotification PutBucketNotification GetBucketTagging PutBucketTagging`
/** What the doctor asks of buckets that are there already. */
const ADOPTING_ACTIONS = 'ListBucket GetBucketNotification'
const OBJECT_ACTIONS = 'GetObject PutObject DeleteObject DeleteObjectVersion AbortMultipartUpload'
const FUNCTION_ACTIONS = `CreateFunction DeleteFunction GetFunction GetFunctionConfiguration UpdateFunctionCode
  UpdateFunctionConfiguration AddPermission RemovePermission GetPolicy TagResource UntagResource ListTags
  PutFunctionConcurrency DeleteFunctionConcurrency PublishVersion ListVersionsByFunction CreateAlias UpdateAlias
  DeleteAlias GetAlias PutProvisionedConcurrencyConfig GetProvisionedConcurrencyConfig DeleteProvisionedConcurrencyConfig`
const MAPPING_ACTIONS = `CreateEventSourceMapping UpdateEventSourceMapping DeleteEventSourceMapping GetEventSourceMapping
  GetAccountSettings`
const ROLE_ACTIONS = `CreateRole DeleteRole GetRole PutRolePolicy GetRolePolicy DeleteRolePolicy UpdateAssumeRolePolicy
  ListRolePolicies ListAttachedRolePolicies TagRole UntagRole`
/** Services that take the roles of a stack. */
const TAKERS = ['lambda.amazonaws.com', 'states.amazonaws.com', 'events.amazonaws.com']
const LOG_ACTIONS = `CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy TagResource
  UntagResource ListTagsForResource PutMetricFilter DeleteMetricFilter DescribeMetricFilters`
/** The log of an HTTP API is a delivery of CloudWatch, which knows no resources. */
const LOG_DELIVERY_ACTIONS = `CreateLogDelivery GetLogDelivery UpdateLogDelivery DeleteLogDelivery ListLogDeliveries
  PutResourcePolicy DescribeResourcePolicies DescribeLogGroups`
const QUEUE_ACTIONS = `CreateQueue DeleteQueue GetQueueAttributes SetQueueAttributes GetQueueUrl TagQueue UntagQueue
  ListQueueTags`
const RULE_ACTIONS = `PutRule DeleteRule DescribeRule PutTargets RemoveTargets ListTargetsByRule TagResource UntagResource
  ListTagsForResource`
const MACHINE_ACTIONS = `CreateStateMachine UpdateStateMachine DeleteStateMachine DescribeStateMachine TagResource
  UntagResource ListTagsForResource`
const ALARM_ACTIONS =
  'PutMetricAlarm DeleteAlarms DescribeAlarms TagResource UntagResource ListTagsForResource'
const TOKEN_ACTIONS = 'PutParameter GetParameter DeleteParameter AddTagsToResource'
const NETWORK_ACTIONS = 'DescribeSecurityGroups DescribeSubnets DescribeVpcs'
