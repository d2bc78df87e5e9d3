import { ROW_ERROR_CODES } from '../../src/metrics.ts'
import { ofQueue } from './platform.ts'
import { COLORS, everyModel, ofAws } from './series.ts'
import { type Content, chart, filledIn, type Row, words } from './widgets.ts'

const CHART_HEIGHT = 6
/** Large files are worked on by the second. */
const WORKERS = ['batch', 'split'] as const

/** Charts of files that are worked on. */
export function batchRows(): Row[] {
  const jobs = chart(
    'Files finished',
    [
      ...everyModel('JobsSucceeded', 'Sum', WORKERS, { label: 'succeeded', color: COLORS.good }),
      ...everyModel('JobsFailed', 'Sum', WORKERS, { label: 'failed', color: COLORS.bad }),
    ],
    { stacked: true, unit: 'files' },
  )
  const records = chart(
    'Records a second',
    everyModel('Rows', 'Sum', WORKERS, { perSecond: true, id: 'rows' }),
    { unit: 'records/s' },
  )
  const errors = chart(
    'Error rows',
    [
      ...everyModel('RowErrors', 'Sum', WORKERS, { label: 'all', color: COLORS.total }),
      ...ROW_ERROR_CODES.flatMap((code) => everyModel(`RowErrors/${code}`, 'Sum', WORKERS, { label: code })),
    ],
    { unit: 'rows' },
  )
  return [
    { height: 1, widgets: [words('## Files')] },
    { height: CHART_HEIGHT, widgets: [jobs, records, errors] },
    { height: CHART_HEIGHT, widgets: [shards(), progress(), ages()] },
    { height: CHART_HEIGHT, widgets: [queueAge(), queueDepths(), stateMachine()] },
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
      ...everyModel('Shards', 'Sum', WORKERS, { label: 'written' }),
      ...everyModel('Retries', 'Sum', WORKERS, { label: 'tries again', color: COLORS.warning }),
      ...everyModel('OutputBytes', 'Sum', WORKERS, { label: 'bytes', right: true }),
    ],
    { unit: 'shards', right: 'bytes' },
  )
}

function progress(): Content {
  return chart(
    'Time for a shard, work to do once more',
    [
      ...everyModel('ShardTime', 'Average', WORKERS, { label: 'a shard' }),
      ...everyModel('CheckpointLag', 'Maximum', WORKERS, {
        label: 'since the last checkpoint',
        color: COLORS.bad,
      }),
    ],
    { unit: 'ms' },
  )
}

function ages(): Content {
  return chart(
    'Age of jobs in work',
    everyModel('JobAge', 'Maximum', WORKERS, {
      label: 'since the first worker',
      color: COLORS.warning,
      model: 'all',
    }),
    { unit: 'ms' },
  )
}

function stateMachine(): Content {
  const rows = [
    ['ExecutionsStarted', 'started', COLORS.first],
    ['ExecutionsSucceeded', 'succeeded', COLORS.good],
    ['ExecutionsFailed', 'failed', COLORS.bad],
  ].map(([name, label, color]) =>
    ofAws(
      'AWS/States',
      name!,
      { StateMachineArn: filledIn('SplitStateMachine') },
      { label: label!, color: color! },
    ),
  )
  return chart('Large files, split', rows, { unit: 'files' })
}
