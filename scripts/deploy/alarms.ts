import {
  type CloudFormation,
  type Deployment,
  FUNCTIONS,
  type FunctionName,
  getAtt,
  type Resource,
  type Resources,
} from './deployment.ts'

/** A metric of AWS: where it is counted, of what, and how its values are put together. */
interface Metric {
  readonly namespace: string
  readonly name: string
  readonly dimensions?: Readonly<Record<string, CloudFormation>>
  /** `Sum`, `Maximum`, or a percentile such as `p99`. */
  readonly statistic: string
}

const PERIOD_SECONDS = 300

/** Where failed starts are counted. */
export const STARTS_NAMESPACE = 'ServerlessEmbeddings'

/**
 * What an operator is to be woken by. Answers with errors and slow ones are counted by the API; a function itself fails
 * only without an answer: it did not start, ran out of time or of memory, or broke down.
 */
export function alarmResources(deployment: Deployment): Resources {
  const { alarmErrorPercent, alarmLatency, alarmQueueAge, alarmTopic } = deployment.parameters
  const alarm = (
    description: string,
    threshold: number,
    measured: Readonly<Record<string, CloudFormation>>,
  ) => alarmOf(description, threshold, measured, alarmTopic)
  const functions = FUNCTIONS.map((name) => ({
    name,
    id: name[0]!.toUpperCase() + name.slice(1),
    dimensions: { FunctionName: { Ref: `${name[0]!.toUpperCase()}${name.slice(1)}LambdaFunction` } },
  }))
  const ofLambda = (name: string, dimensions: Metric['dimensions']): Metric => ({
    namespace: 'AWS/Lambda',
    name,
    ...(dimensions && { dimensions }),
    statistic: 'Sum',
  })
  return {
    ErrorRateAlarm: alarm(
      `More than ${alarmErrorPercent} % of requests end with a 5xx.`,
      alarmErrorPercent,
      errorRate(),
    ),
    LatencyAlarm: alarm(
      `One request in a hundred takes longer than ${alarmLatency} ms.`,
      alarmLatency,
      plain(ofApi('Latency', 'p99')),
    ),
    DeadLettersAlarm: alarm(
      'Files could not be worked on: npm run batch -- redrive.',
      0,
      plain(ofQueue('BatchDeadLetters', 'ApproximateNumberOfMessagesVisible')),
    ),
    QueueAgeAlarm: alarm(
      `A file waits for longer than ${alarmQueueAge} s.`,
      alarmQueueAge,
      plain(ofQueue('BatchQueue', 'ApproximateAgeOfOldestMessage')),
    ),
    StateMachineAlarm: alarm(
      'A large file could not be worked on; look at the executions of the state machine.',
      0,
      plain({
        namespace: 'AWS/States',
        name: 'ExecutionsFailed',
        dimensions: { StateMachineArn: { Ref: 'SplitStateMachine' } },
        statistic: 'Sum',
      }),
    ),
    ...Object.fromEntries(
      functions.flatMap(({ name, id, dimensions }) => [
        [
          `${id}FailuresAlarm`,
          alarm(`${id} ended without an answer.`, 0, plain(ofLambda('Errors', dimensions))),
        ],
        [
          `${id}ThrottlesAlarm`,
          alarm(`${id} was called more often than it may run.`, 0, plain(ofLambda('Throttles', dimensions))),
        ],
        [`${id}StartsAlarm`, alarm(`${id} failed to start.`, 0, plain(failedStarts(deployment, name)))],
        [`${id}StartsFilter`, startsFilter(deployment, name, id)],
      ]),
    ),
  }
}

function alarmOf(
  description: string,
  threshold: number,
  measured: Readonly<Record<string, CloudFormation>>,
  topic: string | null,
): Resource {
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmDescription: description,
      ...measured,
      Threshold: threshold,
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 1,
      // Nothing is measured when nobody calls.
      TreatMissingData: 'notBreaching',
      ...(topic && { AlarmActions: [topic], OKActions: [topic] }),
    },
  }
}

function plain(metric: Metric): Record<string, CloudFormation> {
  const percentile = /^p\d/.test(metric.statistic)
  return {
    ...metricOf(metric),
    Period: PERIOD_SECONDS,
    [percentile ? 'ExtendedStatistic' : 'Statistic']: metric.statistic,
  }
}

function metricOf({ namespace, name, dimensions = {} }: Metric): Record<string, CloudFormation> {
  const pairs = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))
  return { Namespace: namespace, MetricName: name, ...(pairs.length > 0 && { Dimensions: pairs }) }
}

function ofApi(name: string, statistic: string): Metric {
  return { namespace: 'AWS/ApiGateway', name, dimensions: { ApiId: { Ref: 'HttpApi' } }, statistic }
}

function ofQueue(queue: string, name: string): Metric {
  const dimensions = { QueueName: getAtt(queue, 'QueueName') }
  return { namespace: 'AWS/SQS', name, dimensions, statistic: 'Maximum' }
}

function errorRate(): Record<string, CloudFormation> {
  const query = (id: string, name: string) => ({
    Id: id,
    ReturnData: false,
    MetricStat: { Metric: metricOf(ofApi(name, 'Sum')), Period: PERIOD_SECONDS, Stat: 'Sum' },
  })
  const rate = {
    Id: 'rate',
    Expression: '100 * errors / requests',
    Label: 'Errors, percent',
    ReturnData: true,
  }
  return { Metrics: [rate, query('errors', '5xx'), query('requests', 'Count')] }
}

/** How the failed starts of a function are called, which are counted from its log. */
export function failedStartsOf({ service, stage }: Deployment, name: FunctionName): string {
  return `${service}-${stage}-${name[0]!.toUpperCase()}${name.slice(1)}-FailedStarts`
}

function failedStarts(deployment: Deployment, name: FunctionName): Metric {
  return { namespace: STARTS_NAMESPACE, name: failedStartsOf(deployment, name), statistic: 'Sum' }
}

/** Lambda writes INIT_REPORT with a status when a start ends in an error or takes too long, and counts it nowhere. */
function startsFilter(deployment: Deployment, which: FunctionName, id: string): Resource {
  const { namespace, name } = failedStarts(deployment, which)
  return {
    Type: 'AWS::Logs::MetricFilter',
    Properties: {
      LogGroupName: { Ref: `${id}LogGroup` },
      FilterPattern: '"INIT_REPORT" "Status:"',
      MetricTransformations: [{ MetricNamespace: namespace, MetricName: name, MetricValue: '1' }],
    },
  }
}
