import { ERROR_CODES } from '../../src/errors.ts'
import { ROW_ERROR_CODES } from '../../src/metrics.ts'
import { COLORS, everyModel, FUNCTION_NAMES, type FunctionName, ofAws } from './series.ts'
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
const FUNCTIONS = Object.keys(FUNCTION_NAMES) as readonly FunctionName[]
const FUNCTION_COLORS = { embed: COLORS.first, match: COLORS.second, batch: COLORS.third } as const
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

/** How failed starts of a function are called, which are counted from its log. */
export function initMetricOf(name: FunctionName): string {
  return `InitFailures/${name}`
}

/** Charts of the API and the functions, as AWS counts them. */
export function platformRows(initNamespace: string): Row[] {
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
    FUNCTIONS.map((name) =>
      ofAws(initNamespace, initMetricOf(name), {}, { label: name, color: FUNCTION_COLORS[name] }),
    ),
    { unit: 'starts' },
  )
  return [
    { height: 1, widgets: [words('## API and functions')] },
    { height: CHART_HEIGHT, widgets: [api, latency, refused] },
    {
      height: CHART_HEIGHT,
      widgets: [
        perFunction('Duration, p99', 'Duration', { stat: 'p99', unit: 'ms' }),
        perFunction('Instances at work', 'ConcurrentExecutions', { stat: 'Maximum', unit: 'instances' }),
        troubles(),
        init,
      ],
    },
  ]
}

/** Requests of no model are counted under the name `all`, which a choice at the top must leave alone. */
function refusals(code: (typeof ERROR_CODES)[number]): MetricRow[] {
  return everyModel(`Errors/${code}`, 'Sum', ['embed', 'match'], { label: code, model: 'all' })
}

function perFunction(title: string, metric: string, options: { stat: string; unit: string }): Content {
  const rows = FUNCTIONS.map((name) =>
    ofFunction(metric, name, { label: name, color: FUNCTION_COLORS[name] }),
  )
  return chart(title, rows, options)
}

function troubles(): Content {
  const rows = FUNCTIONS.flatMap((name) => [
    ofFunction('Errors', name, { label: `${name}: failed` }),
    ofFunction('Throttles', name, { label: `${name}: throttled` }),
  ])
  return chart('Failed and throttled invocations', rows, { stacked: true, unit: 'invocations' })
}

/** Charts of files that are worked on. */
export function batchRows(): Row[] {
  const jobs = chart(
    'Files finished',
    [
      ...everyModel('JobsSucceeded', 'Sum', ['batch'], { label: 'succeeded', color: COLORS.good }),
      ...everyModel('JobsFailed', 'Sum', ['batch'], { label: 'failed', color: COLORS.bad }),
    ],
    { stacked: true, unit: 'files' },
  )
  const records = chart(
    'Records a second',
    everyModel('Rows', 'Sum', ['batch'], { perSecond: true, id: 'rows' }),
    { unit: 'records/s' },
  )
  const errors = chart(
    'Error rows',
    [
      ...everyModel('RowErrors', 'Sum', ['batch'], { label: 'all', color: COLORS.total }),
      ...ROW_ERROR_CODES.flatMap((code) =>
        everyModel(`RowErrors/${code}`, 'Sum', ['batch'], { label: code }),
      ),
    ],
    { unit: 'rows' },
  )
  return [
    { height: 1, widgets: [words('## Files')] },
    { height: CHART_HEIGHT, widgets: [jobs, records, errors] },
    { height: CHART_HEIGHT, widgets: [queueAge(), queueDepths(), shards(), progress()] },
  ]
}

function queueAge(): Content {
  const oldest = ofQueue('ApproximateAgeOfOldestMessage', 'BatchQueue', {
    label: 'seconds',
    color: COLORS.warning,
  })
  return chart('Age of the oldest message', [oldest], { stat: 'Maximum', unit: 'seconds' })
}

function queueDepths(): Content {
  const visible = 'ApproximateNumberOfMessagesVisible'
  return chart(
    'Messages',
    [
      ofQueue(visible, 'BatchQueue', { label: 'waiting', color: COLORS.first }),
      ofQueue('ApproximateNumberOfMessagesNotVisible', 'BatchQueue', {
        label: 'in work',
        color: COLORS.second,
      }),
      ofQueue(visible, 'BatchDeadLetters', { label: 'dead letters', color: COLORS.bad }),
    ],
    { stat: 'Maximum', unit: 'messages' },
  )
}

function shards(): Content {
  return chart(
    'Shards',
    [
      ...everyModel('Shards', 'Sum', ['batch'], { label: 'written' }),
      ...everyModel('Retries', 'Sum', ['batch'], { label: 'tries again', color: COLORS.warning }),
      ...everyModel('OutputBytes', 'Sum', ['batch'], { label: 'bytes', right: true }),
    ],
    { unit: 'shards', right: 'bytes' },
  )
}

function progress(): Content {
  return chart(
    'Time for a shard, work to do once more',
    [
      ...everyModel('ShardTime', 'Average', ['batch'], { label: 'a shard' }),
      ...everyModel('CheckpointLag', 'Maximum', ['batch'], {
        label: 'since the last checkpoint',
        color: COLORS.bad,
      }),
    ],
    { unit: 'ms' },
  )
}
