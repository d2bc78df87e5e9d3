import type { QualityFile } from '../../src/models/catalog/quality.ts'

/** The scores of the table, in its order, with what they are in both languages. */
const ROWS: readonly (readonly [on: string, english: string, chinese: string])[] = [
  ['STS-B dev, English, Spearman', 'English: sentence similarity, Spearman', '英文：句子相似度，Spearman'],
  ['Vacancy title → ESCO occupation, MRR', 'English: job title → occupation, MRR', '英文：职称 → 职业，MRR'],
  [
    'Titles of O*NET occupations never trained on, MAP',
    'English: titles of the same job, MAP',
    '英文：同一职业的职称，MAP',
  ],
  ['STS-B dev, Chinese, Spearman', 'Chinese: sentence similarity, Spearman', '中文：句子相似度，Spearman'],
  ['Chinese title → CSCO occupation, MRR', 'Chinese: job title → occupation, MRR', '中文：职称 → 职业，MRR'],
  [
    'LCQMC dev, Chinese questions, area under the curve',
    'Chinese: the same question, area under the curve',
    '中文：问题是否同义，AUC',
  ],
  [
    'Chinese → English title, accuracy@1',
    'Chinese → English: title, accuracy@1',
    '中 → 英：职称，accuracy@1',
  ],
  [
    'English → Chinese title, accuracy@1',
    'English → Chinese: title, accuracy@1',
    '英 → 中：职称，accuracy@1',
  ],
  [
    'Chinese → English sentence, accuracy@1',
    'Chinese → English: sentence, accuracy@1',
    '中 → 英：句子，accuracy@1',
  ],
]
const DIGITS = 3

/** Which model for what, as the table of the READMEs: the best of each row is bold, `–` stands for not measured. */
export function qualityTable({ models }: QualityFile, language: 'en' | 'zh'): string {
  const ids = Object.keys(models).sort((one, other) => rankOf(one) - rankOf(other))
  const rows = ROWS.map(([on, english, chinese]) => {
    const values = ids.map((id) => models[id]!.scores.find((score) => score.on === on)?.value)
    const best = Math.max(...values.filter((value) => value !== undefined))
    const cells = values.map((value) => {
      if (value === undefined) return '–'
      return value === best ? `**${value.toFixed(DIGITS)}**` : value.toFixed(DIGITS)
    })
    return [language === 'en' ? english : chinese, ...cells]
  })
  const head = [language === 'en' ? 'measured here' : '在此测量', ...ids]
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** The measures of an ensemble's table. */
const MEASURES = ['MRR', 'recall@10', 'MAP']

/** What several models at once reached beside each alone, as the table of docs/ensemble.md. */
export function ensembleTable({ rankings }: QualityFile, language: 'en' | 'zh'): string {
  const rows = Object.entries(rankings).flatMap(([task, contenders]) =>
    contenders.map(({ contender, measured }) => {
      const cells = MEASURES.map((name) => {
        const { mean, low, high } = measured[name]!
        return `${mean.toFixed(DIGITS)} [${low.toFixed(DIGITS)}, ${high.toFixed(DIGITS)}]`
      })
      return [task, `\`${contender}\``, ...cells]
    }),
  )
  const head = [...(language === 'en' ? ['task', 'models'] : ['任务', '模型']), ...MEASURES]
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** The bundled model comes first. */
function rankOf(id: string): number {
  return id.startsWith('jobs-static') ? 0 : 1
}
