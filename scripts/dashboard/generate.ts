import type { MetricName } from '../../src/metrics.ts'
import { COLORS, everyModel } from './series.ts'
import { chart, type Row, words } from './widgets.ts'

const CHART_HEIGHT = 6
const DOORS = ['generate'] as const

/** Charts of conversations, with a line for each language model. */
export function generateRows(): Row[] {
  const each = (name: MetricName, stat: string) => everyModel(name, stat, DOORS)
  return [
    { height: 1, widgets: [words('## Conversations')] },
    {
      height: CHART_HEIGHT,
      widgets: [
        chart('Answers, each language model', each('Requests', 'Sum'), { stacked: true, unit: 'answers' }),
        chart(
          'Tokens read and made',
          [
            ...everyModel('PromptTokens', 'Sum', DOORS, { label: 'read', color: COLORS.first }),
            ...everyModel('GeneratedTokens', 'Sum', DOORS, { label: 'made', color: COLORS.second }),
          ],
          { unit: 'tokens' },
        ),
        chart('Tokens a second of one answer, median', each('TokensPerSecond', 'p50'), {
          unit: 'tokens/s of an answer',
        }),
      ],
    },
    {
      height: CHART_HEIGHT,
      widgets: [
        chart('Time to the first token, p90', each('TimeToFirstToken', 'p90'), { unit: 'ms' }),
        chart('Wait for a turn, p90', each('QueueTime', 'p90'), { unit: 'ms' }),
        chart('Failed answers, each language model', each('Errors', 'Sum'), { unit: 'answers' }),
      ],
    },
  ]
}
