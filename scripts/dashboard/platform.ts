import { ERROR_CODES } from '../../src/errors.ts'
import { failedStartsOf, STARTS_NAMESPACE } from '../deploy/alarms.ts'
import { type Deployment, type FunctionName, functionsOf } from '../deploy/deployment.ts'
import { COLORS, everyModel, FUNCTION_NAMES, ofAws } from './series.ts'
import {
  type Content,
  chart,
  filledIn,
  type MetricRow,
  type Row,
  type SeriesStyle,
  words,
} from './widgets.ts'

const CHART_HEIGHT = 6
const FUNCTION_COLORS = {
  embed: COLORS.first,
  match: COLORS.second,
  batch: COLORS.third,
  split: COLORS.fourth,
  train: COLORS.fifth,
  generate: COLORS.load,
} as const
const PERCENTILES = [
  ['p50', COLORS.second],
  ['p90', COLORS.third],
  ['p99', COLORS.fourth],
] as const

/** A metric of the HTTP API. */
export function ofApi(name: string, style: SeriesStyle = {}): MetricRow {
  return ofAws('AWS/ApiGateway', name, { ApiId: filledIn('HttpApi') }, style)
}

/** A metric of Lambda about a function. */
export function ofFunction(name: string, which: FunctionName, style: SeriesStyle = {}): MetricRow {
  return ofAws('AWS/Lambda', name, { FunctionName: FUNCTION_NAMES[which] }, style)
}

/** A metric of a queue, by its logical id. */
export function ofQueue(name: string, logicalId: string, style: SeriesStyle = {}): MetricRow {
  return ofAws('AWS/SQS', name, { QueueName: filledIn(`${logicalId}.QueueName`) }, style)
}

/** Charts of the API and the functions, as AWS counts them. */
export function platformRows(deployment: Deployment): Row[] {
  const api = chart(
    'HTTP API: requests',
    [
      ofApi('Count', { label: 'requests', color: COLORS.first }),
      ofApi('4xx', { label: '4xx', color: COLORS.warning }),
      ofApi('5xx', { label: '5xx', color: COLORS.bad }),
    ],
    { unit: 'requests' },
  )
  const latency = chart(
    'HTTP API: latency',
    PERCENTILES.map(([stat, color]) => ofApi('Latency', { stat, label: stat, color })),
    { unit: 'ms' },
  )
  const refused = chart(
    'Refused before a model was chosen, by code',
    ERROR_CODES.flatMap((code) => refusals(code)),
    { stacked: true, unit: 'requests' },
  )
  const init = chart(
    'Failed starts',
    functionsOf(deployment).map((name) =>
      ofAws(
        STARTS_NAMESPACE,
        failedStartsOf(deployment, name),
        {},
        { label: name, color: FUNCTION_COLORS[name] },
      ),
    ),
    { unit: 'starts' },
  )
  return [
    { height: 1, widgets: [words('## API and functions')] },
    { height: CHART_HEIGHT, widgets: [api, latency, refused] },
    {
      height: CHART_HEIGHT,
      widgets: [
        perFunction(deployment, 'Duration, p99', 'Duration', { stat: 'p99', unit: 'ms' }),
        perFunction(deployment, 'Instances at work', 'ConcurrentExecutions', {
          stat: 'Maximum',
          unit: 'instances',
        }),
        troubles(deployment),
        init,
      ],
    },
  ]
}

/** Requests of no model are counted under the name `all`, which a choice at the top must leave alone. */
function refusals(code: (typeof ERROR_CODES)[number]): MetricRow[] {
  return everyModel(`Errors/${code}`, 'Sum', ['embed', 'match'], { label: code, model: 'all' })
}

function perFunction(
  deployment: Deployment,
  title: string,
  metric: string,
  options: { stat: string; unit: string },
): Content {
  const rows = functionsOf(deployment).map((name) =>
    ofFunction(metric, name, { label: name, color: FUNCTION_COLORS[name] }),
  )
  return chart(title, rows, options)
}

function troubles(deployment: Deployment): Content {
  const rows = functionsOf(deployment).flatMap((name) => [
    ofFunction('Errors', name, { label: `${name}: failed` }),
    ofFunction('Throttles', name, { label: `${name}: throttled` }),
  ])
  return chart('Failed and throttled invocations', rows, { stacked: true, unit: 'invocations' })
}
