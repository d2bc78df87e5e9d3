import { CREATE, DATA_PREFIXES, dataBucketOf, TRAIN_KEYS } from './buckets.ts'
import { arnHere, type CloudFormation, type Deployment, getAtt, type Resources } from './deployment.ts'

/**
 * How much longer than its function works a queue hides a message. A worker that was killed gives nothing back, so its
 * file waits for as long as this and the timeout. AWS advises six timeouts, for messages that throttles give back; here
 * a mapping never has more of them out than may run, and a file that two workers have is still written once.
 */
const VISIBILITY_MARGIN_SECONDS = 100

const DAY_SECONDS = 86_400
/** Dead letters keep the age of the message: these queues keep them ten days longer than the first does. */
const RETENTION_SECONDS = { queue: 4 * DAY_SECONDS, deadLetters: 14 * DAY_SECONDS }

/** How EventBridge tries to reach a target, and where events go that it could not bring. */
export function patientTarget(deadLetters = 'BatchDeadLetters'): Readonly<Record<string, CloudFormation>> {
  return {
    RetryPolicy: { MaximumEventAgeInSeconds: DAY_SECONDS, MaximumRetryAttempts: 185 },
    DeadLetterConfig: { Arn: getAtt(deadLetters, 'Arn') },
  }
}

/** A function that a queue feeds with new objects of the data bucket. */
type Fed = 'batch' | 'train'

/** For each of those functions: its queue, the one for messages that failed, and what may send to the first. */
export function queueResources(deployment: Deployment): Resources {
  const { train } = deployment.parameters
  return { ...feed(deployment, 'batch'), ...(train && feed(deployment, 'train')) }
}

function feed(deployment: Deployment, fed: Fed): Resources {
  const { service, stage, parameters } = deployment
  const name = `${service}-${stage}-${fed}`
  const dead = `${name}-dead-letters`
  const own = parameters.dataBucket === CREATE
  const id = fed === 'batch' ? 'Batch' : 'Train'
  const [queue, deadLetters, rule] = [`${id}Queue`, `${id}DeadLetters`, `${id}Rule`]
  return {
    [queue]: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        QueueName: name,
        VisibilityTimeout: parameters[`${fed}Timeout`] + VISIBILITY_MARGIN_SECONDS,
        MessageRetentionPeriod: RETENTION_SECONDS.queue,
        SqsManagedSseEnabled: true,
        RedrivePolicy: {
          deadLetterTargetArn: getAtt(deadLetters, 'Arn'),
          maxReceiveCount: parameters.batchReceives,
        },
      },
    },
    [deadLetters]: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        QueueName: dead,
        MessageRetentionPeriod: RETENTION_SECONDS.deadLetters,
        SqsManagedSseEnabled: true,
        RedriveAllowPolicy: {
          redrivePermission: 'byQueue',
          // By name: the queue refers to this one already.
          sourceQueueArns: [arnHere('sqs', name)],
        },
      },
    },
    [`${queue}Policy`]: policyOf(queue, [own ? bucketMaySend(deployment, queue) : ruleMaySend(queue, rule)]),
    [`${deadLetters}Policy`]: policyOf(deadLetters, [
      ...(fed === 'batch' ? [ruleMaySend(deadLetters, 'SplitRule')] : []),
      ...(own ? [] : [ruleMaySend(deadLetters, rule)]),
    ]),
    ...(own ? {} : { [rule]: ruleOf(parameters.dataBucket, fed, id) }),
  }
}

function policyOf(queue: string, statements: readonly CloudFormation[]) {
  const tlsOnly = {
    Sid: 'TlsOnly',
    Effect: 'Deny',
    Principal: '*',
    Action: 'sqs:*',
    Resource: getAtt(queue, 'Arn'),
    Condition: { Bool: { 'aws:SecureTransport': false } },
  }
  return {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: [{ Ref: queue }],
      PolicyDocument: { Version: '2012-10-17', Statement: [...statements, tlsOnly] },
    },
  }
}

function maySend(queue: string, service: string, sourceArn: CloudFormation): CloudFormation {
  return {
    Effect: 'Allow',
    Principal: { Service: service },
    Action: 'sqs:SendMessage',
    Resource: getAtt(queue, 'Arn'),
    Condition: {
      ArnEquals: { 'aws:SourceArn': sourceArn },
      StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
    },
  }
}

function bucketMaySend(deployment: Deployment, queue: string): CloudFormation {
  return maySend(queue, 's3.amazonaws.com', dataBucketOf(deployment).plainArn)
}

function ruleMaySend(queue: string, rule: string): CloudFormation {
  return maySend(queue, 'events.amazonaws.com', getAtt(rule, 'Arn'))
}

/**
 * The settings of a bucket that is there already are not this stack's to write: its events come through EventBridge,
 * once that is switched on for the bucket.
 */
function ruleOf(bucket: string, fed: Fed, id: string) {
  const key = fed === 'batch' ? { prefix: DATA_PREFIXES.input } : { wildcard: TRAIN_KEYS }
  return {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { bucket: { name: [bucket] }, object: { key: [key] } },
      },
      Targets: [{ Id: fed, Arn: getAtt(`${id}Queue`, 'Arn'), ...patientTarget(`${id}DeadLetters`) }],
    },
  }
}
