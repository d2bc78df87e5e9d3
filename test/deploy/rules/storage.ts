import {
  at,
  listOf,
  ofType,
  type Rule,
  statementsOf,
  type Template,
  type TemplateResource,
  targetOf,
} from './template.ts'

const buckets = (template: Template) => ofType(template, 'AWS::S3::Bucket')
const queues = (template: Template) => ofType(template, 'AWS::SQS::Queue')
const mappings = (template: Template) => ofType(template, 'AWS::Lambda::EventSourceMapping')
const ids = (entries: readonly (readonly [string, TemplateResource])[]) => entries.map(([id]) => id)

/** Rules on where bytes rest: buckets, queues, logs. */
export const storageRules: readonly Rule[] = [
  {
    sentence: 'Buckets are private.',
    check(template) {
      const blocks = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets']
      return ids(
        buckets(template).filter(([, { Properties }]) =>
          blocks.some((block) => at(Properties, 'PublicAccessBlockConfiguration', block) !== true),
        ),
      )
    },
  },
  {
    sentence: 'Buckets are encrypted.',
    check(template) {
      const path = [
        'BucketEncryption',
        'ServerSideEncryptionConfiguration',
        0,
        'ServerSideEncryptionByDefault',
      ]
      return ids(buckets(template).filter(([, { Properties }]) => !at(Properties, ...path, 'SSEAlgorithm')))
    },
  },
  {
    sentence: 'What stays after a stack stays guarded, and a stack that never was leaves nothing.',
    check: (template) =>
      buckets(template).flatMap(([id, { DeletionPolicy, UpdateReplacePolicy }]) => {
        const policies = ofType(template, 'AWS::S3::BucketPolicy')
          .filter(([, { Properties }]) => targetOf(at(Properties, 'Bucket')) === id)
          .filter(
            ([, policy]) =>
              (DeletionPolicy && policy.DeletionPolicy !== DeletionPolicy) ||
              policy.UpdateReplacePolicy !== UpdateReplacePolicy,
          )
        return [...(DeletionPolicy === 'Retain' ? [id] : []), ...ids(policies)]
      }),
  },
  {
    sentence: 'Buckets keep versions.',
    check: (template) =>
      ids(
        buckets(template).filter(
          ([, { Properties }]) => at(Properties, 'VersioningConfiguration', 'Status') !== 'Enabled',
        ),
      ),
  },
  {
    sentence: 'Buckets and queues are reached by TLS only.',
    check(template) {
      const denials = statementsOf(template).filter(
        ({ effect, principal, condition }) =>
          effect === 'Deny' &&
          principal === '*' &&
          String(at(condition, 'Bool', 'aws:SecureTransport')) === 'false',
      )
      const guarded = denials.flatMap(({ owner }) => {
        const { Properties } = template.Resources[owner]!
        return [at(Properties, 'Bucket'), ...listOf(at(Properties, 'Queues'))].map(targetOf)
      })
      return ids([...buckets(template), ...queues(template)]).filter((id) => !guarded.includes(id))
    },
  },
  {
    sentence: 'Buckets let unfinished uploads and old versions go, and those for data temporary output.',
    check: (template) =>
      buckets(template).flatMap(([id, { Properties }]) => {
        const rules = listOf(at(Properties, 'LifecycleConfiguration', 'Rules'))
        const wanted = ['AbortIncompleteMultipartUpload', 'NoncurrentVersionExpiration']
        if (at(Properties, 'NotificationConfiguration')) wanted.push('ExpirationInDays')
        return wanted
          .filter((name) => !rules.some((rule) => at(rule, 'Status') === 'Enabled' && at(rule, name)))
          .map((name) => `${id}: no ${name}`)
      }),
  },
  {
    sentence: 'Queues are encrypted.',
    check: (template) =>
      ids(queues(template).filter(([, { Properties }]) => at(Properties, 'SqsManagedSseEnabled') !== true)),
  },
  {
    sentence: 'A queue that feeds a function has a dead-letter queue and a redrive count.',
    check: (template) =>
      sourcesOf(template).filter((id) => {
        const redrive = at(template.Resources[id]?.Properties, 'RedrivePolicy')
        const target = targetOf(at(redrive, 'deadLetterTargetArn'))
        return !target || !(target in template.Resources) || !(Number(at(redrive, 'maxReceiveCount')) >= 1)
      }),
  },
  {
    sentence: 'A queue hides a message a little longer than the function that it feeds may work.',
    check: (template) =>
      mappings(template).flatMap(([, { Properties }]) => {
        const queue = targetOf(at(Properties, 'EventSourceArn')) ?? ''
        const lambda = targetOf(at(Properties, 'FunctionName')) ?? ''
        const timeout = Number(at(template.Resources[lambda]?.Properties, 'Timeout'))
        const hidden = Number(at(template.Resources[queue]?.Properties, 'VisibilityTimeout'))
        return hidden > timeout && hidden <= timeout + 300
          ? []
          : [`${queue}: ${hidden} s, ${lambda}: ${timeout} s`]
      }),
  },
  {
    sentence: 'Dead letters are kept longer than the messages that they were.',
    check: (template) =>
      queues(template).flatMap(([id, { Properties }]) => {
        const target = targetOf(at(Properties, 'RedrivePolicy', 'deadLetterTargetArn'))
        if (target === undefined) return []
        const kept = Number(at(Properties, 'MessageRetentionPeriod'))
        const keptDead = Number(at(template.Resources[target]?.Properties, 'MessageRetentionPeriod'))
        return keptDead >= kept + 7 * 86_400 ? [] : [`${id}: ${kept} s, ${target}: ${keptDead} s`]
      }),
  },
  {
    sentence: 'Events that reach no target are tried again for a day, and kept where an alarm sees them.',
    check: (template) =>
      ofType(template, 'AWS::Events::Rule').flatMap(([id, { Properties }]) =>
        listOf(at(Properties, 'Targets')).flatMap((target) => {
          const queue = targetOf(at(target, 'DeadLetterConfig', 'Arn')) ?? ''
          const tries = Number(at(target, 'RetryPolicy', 'MaximumRetryAttempts'))
          const may = statementsOf(template).some(
            ({ type, effect, resources, condition }) =>
              type === 'AWS::SQS::QueuePolicy' &&
              effect === 'Allow' &&
              resources.some((resource) => targetOf(resource) === queue) &&
              targetOf(at(condition, 'ArnEquals', 'aws:SourceArn')) === id,
          )
          return queue && tries > 0 && may ? [] : [`${id}: ${queue || 'no dead letters'}`]
        }),
      ),
  },
  {
    sentence: 'A function that a queue feeds reports each message that failed.',
    check: (template) =>
      ids(
        mappings(template).filter(
          ([, { Properties }]) =>
            !listOf(at(Properties, 'FunctionResponseTypes')).includes('ReportBatchItemFailures'),
        ),
      ),
  },
  {
    sentence: 'A queue feeds a bounded number of functions at a time.',
    check: (template) =>
      ids(
        mappings(template).filter(
          ([, { Properties }]) => !(Number(at(Properties, 'ScalingConfig', 'MaximumConcurrency')) >= 2),
        ),
      ),
  },
  {
    sentence:
      'New files are told to each queue that feeds a function: by the bucket of the stack, or by a rule.',
    check(template) {
      const notified = buckets(template).flatMap(([, { Properties }]) =>
        listOf(at(Properties, 'NotificationConfiguration', 'QueueConfigurations'))
          .filter((entry) => String(at(entry, 'Event')).startsWith('s3:ObjectCreated:'))
          .map((entry) => targetOf(at(entry, 'Queue'))),
      )
      const ruled = ofType(template, 'AWS::Events::Rule').flatMap(([, { Properties }]) =>
        listOf(at(Properties, 'Targets')).map((target) => targetOf(at(target, 'Arn'))),
      )
      const queues = sourcesOf(template)
      const deaf = queues.filter((id) => ![...notified, ...ruled].includes(id))
      return queues.length === 0 ? ['no queue feeds a function'] : deaf
    },
  },
  {
    sentence: 'Logs are kept for a set time.',
    check(template) {
      const groups = ofType(template, 'AWS::Logs::LogGroup')
      const named = groups.map(([, { Properties }]) => at(Properties, 'LogGroupName'))
      const unnamed = ofType(template, 'AWS::Lambda::Function')
        .map(([, { Properties }]) => `/aws/lambda/${at(Properties, 'FunctionName')}`)
        .filter((name) => !named.includes(name))
      const endless = groups.filter(([, { Properties }]) => !(Number(at(Properties, 'RetentionInDays')) >= 1))
      return [...unnamed, ...ids(endless)]
    },
  },
]

/** The queues that feed functions. */
function sourcesOf(template: Template): string[] {
  return mappings(template).map(([, { Properties }]) => targetOf(at(Properties, 'EventSourceArn')) ?? '')
}
