import type { Template } from './rules/template.ts'

/** A template that may be changed; a path that there is not shows as an error of the test. */
type Draft = Record<string, Record<string, unknown>>

interface Changes {
  /** Sets what is at a path below the properties of a resource; undefined removes it. */
  set(id: string, path: string, value: unknown): void
  add(id: string, path: string, value: unknown): void
  drop(id: string): void
  /** A copy of a resource under another id, with other attributes beside its properties. */
  copy(id: string, as: string, attributes: Readonly<Record<string, string>>): void
  /** The id of the first resource whose id begins so. */
  find(beginning: string): string
}

/** How to break each rule, by its sentence. */
export const mutations: Readonly<Record<string, (changes: Changes) => void>> = {
  'No name of a resource says in which partition of AWS it is.': ({ set }) =>
    set('SplitStateMachine', 'DefinitionString', '{"Resource":"arn:aws:states:::lambda:invoke"}'),
  'Each function has a role of its own.': ({ set }) =>
    set('MatchLambdaFunction', 'Role', { 'Fn::GetAtt': ['EmbedRole', 'Arn'] }),
  'Roles hold policies of their own, none that AWS manages.': ({ set }) =>
    set('EmbedRole', 'ManagedPolicyArns', ['arn:aws:iam::aws:policy/AmazonS3FullAccess']),
  'No policy allows actions by a wildcard.': ({ set }) =>
    set('BatchRole', 'Policies.0.PolicyDocument.Statement.1.Action', ['s3:*']),
  'No policy allows something for all resources that AWS can narrow.': ({ set }) =>
    set('BatchRole', 'Policies.0.PolicyDocument.Statement.1.Resource', '*'),
  'No policy lets everyone in.': ({ add }) =>
    add('ModelBucketPolicy', 'PolicyDocument.Statement', {
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: { 'Fn::GetAtt': ['ModelBucket', 'Arn'] },
    }),
  'A service that may send to a queue does so for one source of this account.': ({ set }) =>
    set('BatchQueuePolicy', 'PolicyDocument.Statement.0.Condition', undefined),
  'A service that names the account takes a role for this one alone.': ({ set }) =>
    set('SplitStatesRole', 'AssumeRolePolicyDocument.Statement.0.Condition', undefined),
  'A role lists a bucket below some prefixes, or reads all of its objects.': ({ set }) =>
    set('EmbedRole', 'Policies.0.PolicyDocument.Statement.2.Condition', undefined),
  'A key is used through the service alone whose data it guards.': ({ add }) =>
    add('EmbedRole', 'Policies.0.PolicyDocument.Statement', {
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: 'arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/1234',
    }),
  'A function may read the secrets that its environment names, and no other.': ({ add }) =>
    add('EmbedRole', 'Policies.0.PolicyDocument.Statement', {
      Effect: 'Allow',
      Action: 'secretsmanager:GetSecretValue',
      Resource: { 'Fn::Sub': `arn:\${AWS::Partition}:secretsmanager:*:*:secret:rds!cluster-0a-??????` },
    }),
  'A database of collections is named without a password, beside the place of one.': ({ set }) =>
    set('MatchLambdaFunction', 'Environment.Variables.COLLECTIONS', 'postgres://me:word@db/people'),
  'Models of another server are named beside it, reached by TLS, its key by its place.': ({ set }) =>
    set('MatchLambdaFunction', 'Environment.Variables.GENERATE_ENDPOINT', 'http://llm.example/v1'),
  'A judge of the default is named beside the server that has it, reached by TLS.': ({ set }) =>
    set('MatchLambdaFunction', 'Environment.Variables.GENERATE_ENDPOINT', undefined),
  'Buckets are private.': ({ set }) =>
    set('ModelBucket', 'PublicAccessBlockConfiguration.BlockPublicPolicy', false),
  'Buckets are encrypted.': ({ set }) => set('ModelBucket', 'BucketEncryption', undefined),
  'Buckets keep versions.': ({ set }) => set('ModelBucket', 'VersioningConfiguration.Status', 'Suspended'),
  'Buckets and queues are reached by TLS only.': ({ drop }) => drop('ModelBucketPolicy'),
  'Buckets let unfinished uploads and old versions go, and those for data temporary output.': ({ set }) =>
    set('ModelBucket', 'LifecycleConfiguration.Rules.0.Status', 'Disabled'),
  'Queues are encrypted.': ({ set }) => set('BatchQueue', 'SqsManagedSseEnabled', false),
  'A queue that feeds a function has a dead-letter queue and a redrive count.': ({ drop }) =>
    drop('BatchDeadLetters'),
  'A queue hides a message a little longer than the function that it feeds may work.': ({ set }) =>
    set('BatchQueue', 'VisibilityTimeout', 5400),
  'Dead letters are kept longer than the messages that they were.': ({ set }) =>
    set('BatchQueue', 'MessageRetentionPeriod', 1_209_600),
  'Events that reach no target are tried again for a day, and kept where an alarm sees them.': ({ set }) =>
    set('BatchDeadLettersPolicy', 'PolicyDocument.Statement.0.Effect', 'Deny'),
  'What stays after a stack stays guarded, and a stack that never was leaves nothing.': ({ drop, copy }) => {
    copy('ModelBucketPolicy', 'Bare', { DeletionPolicy: 'Delete' })
    drop('ModelBucketPolicy')
  },
  'A function that a queue feeds reports each message that failed.': ({ set, find }) =>
    set(find('BatchEventSourceMapping'), 'FunctionResponseTypes', undefined),
  'A queue feeds a bounded number of functions at a time.': ({ set, find }) =>
    set(find('BatchEventSourceMapping'), 'ScalingConfig', undefined),
  'New files are told to each queue that feeds a function: by the bucket of the stack, or by a rule.': ({
    drop,
  }) => drop('TrainRule'),
  'Logs are kept for a set time.': ({ set }) => set('EmbedLogGroup', 'RetentionInDays', undefined),
  'The routes are exactly those of openapi.json.': ({ set }) =>
    set('HttpApiRoutePostEmbed', 'RouteKey', '$default'),
  'Every route but the open ones asks for credentials.': ({ set }) =>
    set('HttpApiRoutePostEmbed', 'AuthorizationType', undefined),
  'All routes ask in one way, and the open ones in none.': ({ set }) =>
    set('HttpApiRouteGetHealth', 'AuthorizationType', 'AWS_IAM'),
  'Requests are throttled.': ({ set }) =>
    set('HttpApiStage', 'DefaultRouteSettings.ThrottlingRateLimit', undefined),
  'Functions behind the API end before the API gives up.': ({ set }) =>
    set('EmbedLambdaFunction', 'Timeout', 30),
  'Functions have the layers of the runtime and the models, and the architecture of the former.': ({ set }) =>
    set('EmbedLambdaFunction', 'Architectures', ['x86_64']),
  'No secret is in the environment of a function.': ({ set }) =>
    set('EmbedLambdaFunction', 'Environment.Variables.AUTH_TOKEN', 'open sesame'),
  'An address of a function asks for credentials, and leads to a bounded number of instances.': ({
    copy,
    set,
  }) => {
    copy('GenerateRole', 'GenerateLambdaFunctionUrl', { Type: 'AWS::Lambda::Url' })
    set('GenerateLambdaFunctionUrl', 'TargetFunctionArn', {
      'Fn::GetAtt': ['GenerateLambdaFunction', 'Arn'],
    })
    set('GenerateLambdaFunctionUrl', 'AuthType', 'NONE')
  },
  'Everyone may call only a function that asks for the token itself, and by its address alone.': ({
    find,
    set,
  }) => set(find('EmbedLambdaPermission'), 'Principal', '*'),
  'Everything that is referred to is there.': ({ drop }) => drop('ModelBucket'),
  'Alarms watch errors and latency of the API.': ({ set }) =>
    set('LatencyAlarm', 'Metrics.1.MetricStat.Stat', 'p50'),
  'Alarms watch each function for failures, throttles and failed starts.': ({ drop }) =>
    drop('BatchStartsFilter'),
  'Alarms watch the age of the queue, its dead letters and the state machine.': ({ drop }) =>
    drop('DeadLettersAlarm'),
  'Alarms tell of files that failed or are not finished, in each function that works on files.': ({ drop }) =>
    drop('JobAgeAlarm'),
  'Alarms look at single minutes, and those on shares of requests at three of five with enough of them.': ({
    set,
  }) => set('ErrorRateAlarm', 'DatapointsToAlarm', 1),
  'An alarm on the age of files lasts from one turn of their workers to the next.': ({ set }) =>
    set('JobAgeAlarm', 'EvaluationPeriods', 1),
  'No metric is counted by route, for none of those is read.': ({ set }) =>
    set('HttpApiStage', 'DefaultRouteSettings.DetailedMetricsEnabled', true),
  'The dashboard shows how every alarm stands.': ({ drop }) => drop('Dashboard'),
  'All alarms tell somebody, or none of them does.': ({ set }) =>
    set('QueueAgeAlarm', 'AlarmActions', undefined),
  'No resource waits for itself.': ({ set }) =>
    set('BatchDeadLetters', 'QueueName', { 'Fn::GetAtt': ['BatchQueue', 'QueueName'] }),
}

/** A copy of a template with a change. */
export function mutate(template: Template, change: (changes: Changes) => void): Template {
  const copy = structuredClone(template)
  const resources = copy.Resources as Draft
  const parentOf = (id: string, path: string) => {
    const names = path.split('.')
    const last = names.pop()!
    const parent = names.reduce(
      (value, name) => value[name] as Record<string, unknown>,
      resources[id]!.Properties as Record<string, unknown>,
    )
    return { parent, last }
  }
  change({
    set(id, path, value) {
      const { parent, last } = parentOf(id, path)
      parent[last] = value
    },
    add(id, path, value) {
      const { parent, last } = parentOf(id, path)
      ;(parent[last] as unknown[]).push(value)
    },
    drop(id) {
      if (!resources[id]) throw new Error(`There is no ${id} to drop.`)
      delete resources[id]
    },
    copy(id, as, attributes) {
      resources[as] = { ...resources[id], ...attributes }
    },
    find: (beginning) => Object.keys(resources).find((id) => id.startsWith(beginning))!,
  })
  return copy
}
