import { initMetricOf, ofApi, ofFunction, ofQueue } from './platform.ts'
import { FUNCTION_NAMES, type FunctionName, ofAws } from './series.ts'
import { filledIn, type MetricRow } from './widgets.ts'

/** A value of CloudFormation: JSON, or a function of it such as `Ref`. */
export type CloudFormation =
  | string
  | number
  | boolean
  | readonly CloudFormation[]
  | { readonly [name: string]: CloudFormation }

/** A resource of a CloudFormation template. */
export interface Resource {
  readonly Type: string
  readonly Properties: Readonly<Record<string, CloudFormation>>
}

/** When alarms sound. */
export interface Thresholds {
  /** Answers and invocations that fail by a fault of ours, in percent of all. */
  readonly errorPercent: number
  /** Of the API, in milliseconds. */
  readonly p99Ms: number
  /** How long a file may wait, the time in work included. */
  readonly queueAgeSeconds: number
}

/** What an operator usually wants to be woken for. */
export const THRESHOLDS: Thresholds = { errorPercent: 1, p99Ms: 5000, queueAgeSeconds: 6 * 3600 }

/** Fewer requests a minute say nothing of a rate. */
const LEAST_REQUESTS = 20
const MINUTE = 60
const FUNCTIONS = Object.keys(FUNCTION_NAMES) as readonly FunctionName[]

interface AlarmPlan {
  readonly id: string
  readonly about: string
  readonly threshold: number
  /** One metric, or what `of` an expression is calculated from. */
  readonly metric?: { readonly row: MetricRow; readonly stat: string }
  readonly rate?: { readonly part: MetricRow; readonly whole: MetricRow }
  /** Minutes that must be bad, of as many in a row. */
  readonly minutes: readonly [bad: number, of: number]
}

/** Alarms by logical id, each with what it is about in one sentence. */
export function alarmResources(
  stack: string,
  initNamespace: string,
  alarmTopic: string | null,
  thresholds: Thresholds = THRESHOLDS,
): Record<string, Resource> {
  return Object.fromEntries(
    planAlarms(initNamespace, thresholds).map((plan) => [plan.id, alarmOf(plan, stack, alarmTopic)]),
  )
}

/** The logical ids of all alarms, in the order in which the dashboard shows them. */
export function alarmIds(): string[] {
  return planAlarms('', THRESHOLDS).map(({ id }) => id)
}

function planAlarms(
  initNamespace: string,
  { errorPercent, p99Ms, queueAgeSeconds }: Thresholds,
): AlarmPlan[] {
  return [
    {
      id: 'ApiErrorRateAlarm',
      about: `More than ${errorPercent} % of requests were answered with a status of 500 or above.`,
      threshold: errorPercent,
      rate: { part: ofApi('5xx'), whole: ofApi('Count') },
      minutes: [3, 5],
    },
    {
      id: 'ApiLatencyAlarm',
      about: `One request in a hundred took longer than ${p99Ms} ms.`,
      threshold: p99Ms,
      metric: { row: ofApi('Latency'), stat: 'p99' },
      minutes: [3, 5],
    },
    ...FUNCTIONS.flatMap((name) => functionAlarms(name, initNamespace)),
    {
      id: 'BatchDeadLettersAlarm',
      about: 'A file could not be worked on and is in the dead-letter queue.',
      threshold: 0,
      metric: { row: ofQueue('ApproximateNumberOfMessagesVisible', 'BatchDeadLetters'), stat: 'Maximum' },
      minutes: [1, 1],
    },
    {
      id: 'BatchQueueAgeAlarm',
      about: `A file is not finished after ${queueAgeSeconds / 3600} hours.`,
      threshold: queueAgeSeconds,
      metric: { row: ofQueue('ApproximateAgeOfOldestMessage', 'BatchQueue'), stat: 'Maximum' },
      minutes: [5, 5],
    },
  ]
}

function functionAlarms(name: FunctionName, initNamespace: string): AlarmPlan[] {
  const id = `${name[0]!.toUpperCase()}${name.slice(1)}`
  return [
    {
      id: `${id}ErrorsAlarm`,
      about: `The function ${name} crashed, ran out of time or out of memory.`,
      threshold: 0,
      metric: { row: ofFunction('Errors', name), stat: 'Sum' },
      minutes: [3, 5],
    },
    {
      id: `${id}ThrottlesAlarm`,
      about: `Calls of ${name} were refused for want of concurrency.`,
      threshold: 0,
      metric: { row: ofFunction('Throttles', name), stat: 'Sum' },
      minutes: [3, 5],
    },
    {
      id: `${id}InitFailuresAlarm`,
      about: `An instance of ${name} could not start; its settings or its files are wrong.`,
      threshold: 0,
      metric: { row: ofAws(initNamespace, initMetricOf(name), {}), stat: 'Sum' },
      minutes: [1, 1],
    },
  ]
}

function alarmOf(plan: AlarmPlan, stack: string, alarmTopic: string | null): Resource {
  const [bad, of] = plan.minutes
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: `${stack}-${plan.id.replace(/Alarm$/, '')}`,
      AlarmDescription: plan.about,
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: plan.threshold,
      EvaluationPeriods: of,
      DatapointsToAlarm: bad,
      // A service that scales to zero is silent most of the time.
      TreatMissingData: 'notBreaching',
      ...(alarmTopic !== null && { AlarmActions: [alarmTopic], OKActions: [alarmTopic] }),
      ...(plan.metric ? singleMetric(plan.metric) : { Metrics: rateMetrics(plan.rate!) }),
    },
  }
}

function singleMetric({ row, stat }: { row: MetricRow; stat: string }) {
  const isPercentile = /^p\d/.test(stat)
  return {
    ...metricOf(row),
    Period: MINUTE,
    ...(isPercentile ? { ExtendedStatistic: stat } : { Statistic: stat }),
  }
}

function rateMetrics({ part, whole }: { part: MetricRow; whole: MetricRow }): CloudFormation[] {
  const input = (id: string, row: MetricRow): CloudFormation => ({
    Id: id,
    ReturnData: false,
    MetricStat: { Metric: metricOf(row), Period: MINUTE, Stat: 'Sum' },
  })
  const expression = `IF(whole >= ${LEAST_REQUESTS}, 100 * FILL(part, 0) / whole, 0)`
  return [
    { Id: 'rate', Expression: expression, Label: 'percent' },
    input('part', part),
    input('whole', whole),
  ]
}

/** A row of a widget as an alarm wants it. */
function metricOf(row: MetricRow): { [name: string]: CloudFormation } {
  const [Namespace, MetricName, ...pairs] = row.slice(0, -1) as string[]
  const Dimensions = []
  for (let index = 0; index < pairs.length; index += 2) {
    Dimensions.push({ Name: pairs[index]!, Value: { 'Fn::Sub': pairs[index + 1]! } })
  }
  return { Namespace: Namespace!, MetricName: MetricName!, ...(Dimensions.length > 0 && { Dimensions }) }
}

/** Counts starts that failed, from the reports that Lambda writes to the log of each function. */
export function initFailureFilters(initNamespace: string): Record<string, Resource> {
  return Object.fromEntries(
    FUNCTIONS.map((name) => {
      const id = `${name[0]!.toUpperCase()}${name.slice(1)}`
      return [
        `${id}InitFailuresFilter`,
        {
          Type: 'AWS::Logs::MetricFilter',
          Properties: {
            LogGroupName: { Ref: `${id}LogGroup` },
            // Reports of starts that went well have no status: INIT_REPORT Init Duration: 9.99 ms Phase: init Status: error
            FilterPattern: '"INIT_REPORT" "Status"',
            MetricTransformations: [
              {
                MetricNamespace: initNamespace,
                MetricName: initMetricOf(name),
                MetricValue: '1',
                DefaultValue: 0,
              },
            ],
          },
        },
      ]
    }),
  )
}

/** The ARN of an alarm, for the widget that shows how it stands. */
export function alarmArn(logicalId: string): string {
  return filledIn(`${logicalId}.Arn`)
}
