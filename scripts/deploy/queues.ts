import { CREATE, DATA_PREFIXES, dataBucketOf } from './buckets.ts'
import { arnHere, type CloudFormation, type Deployment, getAtt, type Resources } from './deployment.ts'

/** AWS asks for this many timeouts, so that no message comes to a second worker while a first has it. */
export const VISIBILITY_TIMEOUTS = 6

/** Fourteen days, the longest that a queue keeps a message. */
const RETENTION_SECONDS = 1_209_600

/** The queue that feeds `batch`, the one for messages that failed, and what may send to the first. */
export function queueResources(deployment: Deployment): Resources {
  const { service, stage, parameters } = deployment
  const name = `${service}-${stage}-batch`
  const dead = `${name}-dead-letters`
  const own = parameters.dataBucket === CREATE
  return {
    BatchQueue: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        QueueName: name,
        VisibilityTimeout: VISIBILITY_TIMEOUTS * parameters.batchTimeout,
        MessageRetentionPeriod: RETENTION_SECONDS,
        SqsManagedSseEnabled: true,
        RedrivePolicy: {
          deadLetterTargetArn: getAtt('BatchDeadLetters', 'Arn'),
          maxReceiveCount: parameters.batchReceives,
        },
      },
    },
    BatchDeadLetters: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        QueueName: dead,
        MessageRetentionPeriod: RETENTION_SECONDS,
        SqsManagedSseEnabled: true,
        RedriveAllowPolicy: {
          redrivePermission: 'byQueue',
          // By name: the queue refers to this one already.
          sourceQueueArns: [arnHere('sqs', name)],
        },
      },
    },
    BatchQueuePolicy: policyOf('BatchQueue', [own ? bucketMaySend(deployment) : ruleMaySend()]),
    BatchDeadLettersPolicy: policyOf('BatchDeadLetters', []),
    ...(own ? {} : { BatchRule: ruleOf(parameters.dataBucket) }),
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

function maySend(service: string, sourceArn: CloudFormation): CloudFormation {
  return {
    Effect: 'Allow',
    Principal: { Service: service },
    Action: 'sqs:SendMessage',
    Resource: getAtt('BatchQueue', 'Arn'),
    Condition: {
      ArnEquals: { 'aws:SourceArn': sourceArn },
      StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
    },
  }
}

function bucketMaySend(deployment: Deployment): CloudFormation {
  return maySend('s3.amazonaws.com', dataBucketOf(deployment).plainArn)
}

function ruleMaySend(): CloudFormation {
  return maySend('events.amazonaws.com', getAtt('BatchRule', 'Arn'))
}

/**
 * The settings of a bucket that is there already are not this stack's to write: its events come through EventBridge,
 * once that is switched on for the bucket.
 */
function ruleOf(bucket: string) {
  return {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { bucket: { name: [bucket] }, object: { key: [{ prefix: DATA_PREFIXES.input }] } },
      },
      Targets: [{ Id: 'batch', Arn: getAtt('BatchQueue', 'Arn') }],
    },
  }
}
