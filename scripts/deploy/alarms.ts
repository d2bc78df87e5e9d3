import { NAMESPACE } from '../../src/emf.ts'
import { EVERY_MODEL, type MetricName } from '../../src/metrics.ts'
import { redriveAllCommand } from '../../src/services/batch/plan/remedies.ts'
import { CREATE } from './buckets.ts'
import {
  type CloudFormation,
  type Deployment,
  type FunctionName,
  functionsOf,
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

const PERIOD_SECONDS = 60
/** Fewer requests in a minute say nothing of a share of them: one failure in five would be twenty percent. */
const LEAST_REQUESTS = 20

/** Where failed starts are counted. */
export const STARTS_NAMESPACE = 'ServerlessEmbeddings'

/** How many of the last minutes have to be beyond the threshold. */
interface Minutes {
  readonly bad: number
  readonly of: number
}

/** For what comes and goes by itself: one cold start, one throttle. */
const LASTING: Minutes = { bad: 3, of: 5 }
/** For what happens once and matters: a file that failed is counted in one minute and never again. */
const ONCE: Minutes = { bad: 1, of: 1 }

/** For what workers tell each turn of 15 minutes: looking at one minute, an alarm would end and begin with each. */
const SEEN_EACH_TURN: Minutes = { bad: 1, of: 20 }

/** Makes an alarm of a stack. */
type MakeAlarm = (
  description: string,
  threshold: number,
  minutes: Minutes,
  measured: Readonly<Record<string, CloudFormation>>,
) => Resource

/**
 * What an operator is to be woken by. Answers with errors and slow ones are counted by the API; a function itself fails
 * only without an answer: it did not start, ran out of time or of memory, or broke down. What became of files is counted
 * by the functions that work on them.
 */
export function alarmResources(deployment: Deployment): Resources {
  const { alarmTopic } = deployment.parameters
  const alarm: MakeAlarm = (...parts) => alarmOf(alarmTopic, ...parts)
  return {
    ...apiAlarms(deployment, alarm),
    ...fileAlarms(deployment, alarm),
    ...(deployment.parameters.train && trainAlarms(deployment, alarm)),
    ...Object.assign({}, ...functionsOf(deployment).map((name) => functionAlarms(deployment, name, alarm))),
    ...provisionedAlarms(deployment, alarm),
  }
}

function apiAlarms({ parameters }: Deployment, alarm: MakeAlarm): Resources {
  const { alarmErrorPercent, alarmLatency } = parameters
  const often = `with at least ${LEAST_REQUESTS} requests a minute, in three of five minutes`
  const requests = { requests: ofApi('Count', 'Sum') }
  const ifEnough = (expression: string) => `IF(requests >= ${LEAST_REQUESTS}, ${expression}, 0)`
  return {
    ErrorRateAlarm: alarm(
      `More than ${alarmErrorPercent} % of requests end with a 5xx, ${often}.`,
      alarmErrorPercent,
      LASTING,
      calculated(ifEnough('100 * errors / requests'), { errors: ofApi('5xx', 'Sum'), ...requests }),
    ),
    LatencyAlarm: alarm(
      `One request in a hundred takes longer than ${alarmLatency} ms, ${often}.`,
      alarmLatency,
      LASTING,
      calculated(ifEnough('latency'), { latency: ofApi('Latency', 'p99'), ...requests }),
    ),
  }
}

function fileAlarms({ parameters }: Deployment, alarm: MakeAlarm): Resources {
  const { alarmQueueAge, dataBucket, train } = parameters
  const byEach = (name: MetricName, statistic: string) => ({
    batch: ofFiles('batch', name, statistic),
    split: ofFiles('split', name, statistic),
  })
  const others = train ? ['BatchRule', 'TrainRule'] : ['BatchRule']
  const rules = ['SplitRule', ...(dataBucket === CREATE ? [] : others)]
  return {
    DeadLettersAlarm: alarm(
      `Files could not be worked on: ${redriveAllCommand}.`,
      0,
      ONCE,
      plain(ofQueue('BatchDeadLetters', 'ApproximateNumberOfMessagesVisible')),
    ),
    QueueAgeAlarm: alarm(
      `A file waits for longer than ${alarmQueueAge} s to be taken up.`,
      alarmQueueAge,
      LASTING,
      plain(ofQueue('BatchQueue', 'ApproximateAgeOfOldestMessage')),
    ),
    // SQS leaves a message that was handed out three times or more out of the age of the queue: these count themselves.
    JobAgeAlarm: alarm(
      `A file is not finished ${alarmQueueAge} s after its first worker began.`,
      alarmQueueAge * 1000,
      SEEN_EACH_TURN,
      calculated('MAX([FILL(batch, 0), FILL(split, 0)])', byEach('JobAge', 'Maximum')),
    ),
    JobsFailedAlarm: alarm(
      'A file failed; its _FAILED.json says why, and the command that goes on with it.',
      0,
      ONCE,
      calculated('FILL(batch, 0) + FILL(split, 0)', byEach('JobsFailed', 'Sum')),
    ),
    StateMachineAlarm: alarm(
      'A large file could not be worked on; look at the executions of the state machine.',
      0,
      ONCE,
      calculated('FILL(failed, 0) + FILL(late, 0) + FILL(aborted, 0)', {
        failed: ofMachine('ExecutionsFailed'),
        late: ofMachine('ExecutionsTimedOut'),
        aborted: ofMachine('ExecutionsAborted'),
      }),
    ),
    RulesAlarm: alarm(
      'EventBridge could not tell of new files; they are among the dead letters.',
      0,
      ONCE,
      calculated(
        rules.map((rule) => `FILL(${rule.toLowerCase()}, 0)`).join(' + '),
        Object.fromEntries(rules.map((rule) => [rule.toLowerCase(), ofRule(rule)])),
      ),
    ),
  }
}

function trainAlarms({ parameters }: Deployment, alarm: MakeAlarm): Resources {
  const { alarmQueueAge } = parameters
  return {
    TrainDeadLettersAlarm: alarm(
      'Learning jobs could not be worked on; upload their learn.json again.',
      0,
      ONCE,
      plain(ofQueue('TrainDeadLetters', 'ApproximateNumberOfMessagesVisible')),
    ),
    TrainQueueAgeAlarm: alarm(
      `A learning job waits for longer than ${alarmQueueAge} s to be taken up.`,
      alarmQueueAge,
      LASTING,
      plain(ofQueue('TrainQueue', 'ApproximateAgeOfOldestMessage')),
    ),
    TrainJobsFailedAlarm: alarm(
      'A learning job failed; its _FAILED.json says why.',
      0,
      ONCE,
      plain(ofFiles('train', 'JobsFailed', 'Sum')),
    ),
  }
}

function functionAlarms(deployment: Deployment, name: FunctionName, alarm: MakeAlarm): Resources {
  const id = capitalized(name)
  return {
    [`${id}FailuresAlarm`]: alarm(`${id} ended without an answer.`, 0, ONCE, plain(ofLambda(name, 'Errors'))),
    [`${id}ThrottlesAlarm`]: alarm(
      `${id} was called more often than it may run, in three of five minutes.`,
      0,
      LASTING,
      plain(ofLambda(name, 'Throttles')),
    ),
    [`${id}StartsAlarm`]: alarm(`${id} failed to start.`, 0, ONCE, plain(failedStarts(deployment, name))),
    [`${id}StartsFilter`]: startsFilter(deployment, name, id),
  }
}

/** Instances that are kept warm are paid for: callers who find none of them free are a reason to have more. */
function provisionedAlarms({ parameters }: Deployment, alarm: MakeAlarm): Resources {
  const kept = (['embed', 'match'] as const).filter((name) => parameters[`${name}Provisioned`] !== null)
  return Object.fromEntries(
    kept.map((name) => {
      const spilled = ofLambda(name, 'ProvisionedConcurrencySpilloverInvocations')
      const text = `More callers of ${name} than instances that are kept warm, in three of five minutes.`
      return [`${capitalized(name)}SpilloverAlarm`, alarm(text, 0, LASTING, plain(spilled))]
    }),
  )
}

function alarmOf(
  topic: string | null,
  description: string,
  threshold: number,
  { bad, of }: Minutes,
  measured: Readonly<Record<string, CloudFormation>>,
): Resource {
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmDescription: description,
      ...measured,
      Threshold: threshold,
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: of,
      DatapointsToAlarm: bad,
      // Nothing is measured when nobody calls.
      TreatMissingData: 'notBreaching',
      ...(topic && { AlarmActions: [topic], OKActions: [topic] }),
    },
  }
}

function plain(metric: Metric): Record<string, CloudFormation> {
  return { ...metricOf(metric), Period: PERIOD_SECONDS, Statistic: metric.statistic }
}

/** An expression of metrics by their names in it. */
function calculated(
  expression: string,
  metrics: Readonly<Record<string, Metric>>,
): Record<string, CloudFormation> {
  const inputs = Object.entries(metrics).map(([id, metric]) => ({
    Id: id,
    ReturnData: false,
    MetricStat: { Metric: metricOf(metric), Period: PERIOD_SECONDS, Stat: metric.statistic },
  }))
  return { Metrics: [{ Id: 'value', Expression: expression, Label: 'Value', ReturnData: true }, ...inputs] }
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

function ofMachine(name: string): Metric {
  const dimensions = { StateMachineArn: { Ref: 'SplitStateMachine' } }
  return { namespace: 'AWS/States', name, dimensions, statistic: 'Sum' }
}

function ofRule(rule: string): Metric {
  const dimensions = { RuleName: { Ref: rule } }
  return { namespace: 'AWS/Events', name: 'FailedInvocations', dimensions, statistic: 'Sum' }
}

function ofLambda(which: FunctionName, name: string): Metric {
  return { namespace: 'AWS/Lambda', name, dimensions: { FunctionName: nameOf(which) }, statistic: 'Sum' }
}

/** What a function that works on files says of all of them, whatever their models. */
function ofFiles(which: FunctionName, name: MetricName, statistic: string): Metric {
  const dimensions = { Model: EVERY_MODEL, Function: nameOf(which) }
  return { namespace: NAMESPACE, name, dimensions, statistic }
}

function nameOf(which: FunctionName): CloudFormation {
  return { Ref: `${capitalized(which)}LambdaFunction` }
}

function capitalized(name: string): string {
  return name[0]!.toUpperCase() + name.slice(1)
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
