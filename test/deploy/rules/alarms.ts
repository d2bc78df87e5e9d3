/** The longest that a function of Lambda works, and so the longest between two words of how old a file is. */
const TURN_SECONDS = 900

import { at, type Json, listOf, ofType, type Rule, type Template, targetOf } from './template.ts'

/** Rules on what an operator hears of. */
export const alarmRules: readonly Rule[] = [
  {
    sentence: 'Alarms watch errors and latency of the API.',
    check(template) {
      const watched = metricsOf(template).filter(({ namespace }) => namespace === 'AWS/ApiGateway')
      const p99 = watched.some(({ name, statistic }) => name === 'Latency' && statistic === 'p99')
      const errors = watched.some(({ name }) => name === '5xx')
      return [...(errors ? [] : ['no error rate']), ...(p99 ? [] : ['no p99'])]
    },
  },
  {
    sentence: 'Alarms watch each function for failures, throttles and failed starts.',
    check(template) {
      const metrics = metricsOf(template)
      const filters = ofType(template, 'AWS::Logs::MetricFilter').map(([, { Properties }]) => ({
        group: targetOf(at(Properties, 'LogGroupName')),
        metric: at(Properties, 'MetricTransformations', 0, 'MetricName'),
      }))
      return ofType(template, 'AWS::Lambda::Function').flatMap(([id, { DependsOn }]) => {
        const of = (name: string) =>
          metrics.some((metric) => metric.name === name && metric.targets.includes(id))
        const starts = filters.some(
          ({ group, metric }) =>
            listOf(DependsOn).includes(group ?? '') && metrics.some(({ name }) => name === metric),
        )
        const missing = ['Errors', 'Throttles'].filter((name) => !of(name))
        return [...missing, ...(starts ? [] : ['failed starts'])].map((name) => `${id}: no ${name}`)
      })
    },
  },
  {
    sentence: 'Alarms watch the age of the queue, its dead letters and the state machine.',
    check(template) {
      const metrics = metricsOf(template)
      const machines = ofType(template, 'AWS::StepFunctions::StateMachine')
        .filter(
          ([id]) =>
            !metrics.some((metric) => metric.name === 'ExecutionsFailed' && metric.targets.includes(id)),
        )
        .map(([id]) => `${id}: no ExecutionsFailed`)
      const queues = ofType(template, 'AWS::SQS::Queue')
        .map(([id, { Properties }]) => ({
          id,
          name: at(Properties, 'RedrivePolicy')
            ? 'ApproximateAgeOfOldestMessage'
            : 'ApproximateNumberOfMessagesVisible',
        }))
        .filter(
          ({ id, name }) => !metrics.some((metric) => metric.name === name && metric.targets.includes(id)),
        )
        .map(({ id, name }) => `${id}: no ${name}`)
      return [...machines, ...queues]
    },
  },
  {
    sentence: 'Alarms tell of files that failed or are not finished, in each function that works on files.',
    check(template) {
      const metrics = metricsOf(template)
      return ['BatchLambdaFunction', 'SplitLambdaFunction'].flatMap((id) =>
        ['JobsFailed', 'JobAge']
          .filter((name) => !metrics.some((metric) => metric.name === name && metric.targets.includes(id)))
          .map((name) => `${id}: no ${name}`),
      )
    },
  },
  {
    sentence:
      'Alarms look at single minutes, and those on shares of requests at three of five with enough of them.',
    check(template) {
      const metrics = metricsOf(template)
      const slow = metrics.filter(({ period }) => period !== 60).map(({ alarm }) => alarm)
      const hasty = ofType(template, 'AWS::CloudWatch::Alarm')
        .filter(([id]) =>
          metrics.some(({ alarm, namespace }) => alarm === id && namespace === 'AWS/ApiGateway'),
        )
        .filter(([, { Properties }]) => {
          const expression = String(at(Properties, 'Metrics', 0, 'Expression'))
          const minutes = [at(Properties, 'DatapointsToAlarm'), at(Properties, 'EvaluationPeriods')].join()
          return minutes !== '3,5' || !expression.startsWith('IF(requests >= 20, ')
        })
        .map(([id]) => id)
      return [...slow, ...hasty]
    },
  },
  {
    sentence: 'An alarm on the age of files lasts from one turn of their workers to the next.',
    check: (template) =>
      metricsOf(template)
        .filter(({ name }) => name === 'JobAge')
        .map(({ alarm }) => alarm)
        .filter(
          (id) =>
            Number(at(template.Resources[String(id)]?.Properties, 'EvaluationPeriods')) * 60 <= TURN_SECONDS,
        ),
  },
  {
    sentence: 'No metric is counted by route, for none of those is read.',
    check: (template) =>
      ofType(template, 'AWS::ApiGatewayV2::Stage')
        .filter(([, { Properties }]) => at(Properties, 'DefaultRouteSettings', 'DetailedMetricsEnabled'))
        .map(([id]) => id),
  },
  {
    sentence: 'The dashboard shows how every alarm stands.',
    check(template) {
      const shown = ofType(template, 'AWS::CloudWatch::Dashboard')
        .map(([, { Properties }]) => at(Properties, 'DashboardBody', 'Fn::Sub'))
        .join()
      return ofType(template, 'AWS::CloudWatch::Alarm')
        .map(([id]) => id)
        .filter((id) => !shown.includes(`\${${id}.Arn}`))
    },
  },
  {
    sentence: 'All alarms tell somebody, or none of them does.',
    check(template) {
      const told = ofType(template, 'AWS::CloudWatch::Alarm').map(([id, { Properties }]) => ({
        id,
        topics: JSON.stringify(listOf(at(Properties, 'AlarmActions'))),
      }))
      return told.filter(({ topics }) => topics !== told[0]?.topics).map(({ id }) => id)
    },
  },
]

interface Watched {
  readonly alarm: string
  /** Seconds. */
  readonly period: Json | undefined
  readonly namespace: Json | undefined
  readonly name: Json | undefined
  readonly statistic: Json | undefined
  /** Logical ids that its dimensions refer to. */
  readonly targets: readonly (string | undefined)[]
}

/** Every metric that an alarm looks at, alone or in an expression. */
function metricsOf(template: Template): Watched[] {
  return ofType(template, 'AWS::CloudWatch::Alarm').flatMap(([alarm, { Properties }]) => {
    const queries = listOf(at(Properties, 'Metrics')).map((query) => ({
      metric: at(query, 'MetricStat', 'Metric'),
      statistic: at(query, 'MetricStat', 'Stat'),
      period: at(query, 'MetricStat', 'Period'),
    }))
    const whole = {
      metric: Properties,
      statistic: at(Properties, 'Statistic'),
      period: at(Properties, 'Period'),
    }
    const measured = [whole, ...queries].filter(({ metric }) => at(metric, 'MetricName') !== undefined)
    return measured.map(({ metric, statistic, period }) => ({
      alarm,
      namespace: at(metric, 'Namespace'),
      name: at(metric, 'MetricName'),
      statistic,
      period,
      targets: listOf(at(metric, 'Dimensions')).map((dimension) => targetOf(at(dimension, 'Value'))),
    }))
  })
}
