import type { QualityFile } from '../../src/models/catalog/quality.ts'

/** Every score with what it is in both languages, in the order of the tables; those of the READMEs are marked. */
const ROWS: readonly (readonly [on: string, english: string, chinese: string, inReadme?: true])[] = [
  [
    'STS-B dev, English, Spearman',
    'English: sentence similarity, Spearman',
    '英文：句子相似度，Spearman',
    true,
  ],
  [
    'Vacancy title → ESCO occupation, MRR',
    'English: job title → occupation, MRR',
    '英文：职称 → 职业，MRR',
    true,
  ],
  [
    'Vacancy title → ESCO occupation, recall@10',
    'English: job title → occupation, recall@10',
    '英文：职称 → 职业，recall@10',
  ],
  [
    'Titles of O*NET occupations never trained on, MAP',
    'English: titles of the same job, MAP',
    '英文：同一职业的职称，MAP',
    true,
  ],
  [
    'STS-B dev, Chinese, Spearman',
    'Chinese: sentence similarity, Spearman',
    '中文：句子相似度，Spearman',
    true,
  ],
  [
    'STS-B dev, Chinese of another translator, Spearman',
    'Chinese of another translator: sentence similarity, Spearman',
    '中文（另一译本）：句子相似度，Spearman',
  ],
  [
    'Chinese title → CSCO occupation, MRR',
    'Chinese: job title → occupation, MRR',
    '中文：职称 → 职业，MRR',
    true,
  ],
  [
    'Chinese title → CSCO occupation, recall@10',
    'Chinese: job title → occupation, recall@10',
    '中文：职称 → 职业，recall@10',
  ],
  [
    'LCQMC dev, Chinese questions, area under the curve',
    'Chinese: the same question, area under the curve',
    '中文：问题是否同义，AUC',
    true,
  ],
  [
    'PAWS-X dev, Chinese, area under the curve',
    'Chinese: the same words, another meaning, area under the curve',
    '中文：用词相同、意思不同，AUC',
  ],
  [
    'Chinese → English title, accuracy@1',
    'Chinese → English: title, accuracy@1',
    '中 → 英：职称，accuracy@1',
    true,
  ],
  [
    'English → Chinese title, accuracy@1',
    'English → Chinese: title, accuracy@1',
    '英 → 中：职称，accuracy@1',
    true,
  ],
  ['Chinese and English title, mean cosine', 'Chinese and English title: mean cosine', '中英职称：平均余弦'],
  [
    'Chinese → English sentence, accuracy@1',
    'Chinese → English: sentence, accuracy@1',
    '中 → 英：句子，accuracy@1',
    true,
  ],
]
const DIGITS = 3

/** Which model for what, as the table of the READMEs: the best of each row is bold, `–` stands for not measured. */
export function qualityTable({ models }: QualityFile, language: 'en' | 'zh'): string {
  const ids = Object.keys(models).sort((one, other) => rankOf(one) - rankOf(other))
  const rows = ROWS.filter(([, , , inReadme]) => inReadme).map(([on, english, chinese]) => {
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

/** All scores with their 95 % intervals, as the table of the bundled model's card. */
export function cardTable({ models }: QualityFile, language: 'en' | 'zh'): string {
  const ids = Object.keys(models).sort((one, other) => rankOf(one) - rankOf(other))
  const rows = ROWS.map(([on, english, chinese]) => {
    const cells = ids.map((id) => {
      const found = models[id]!.scores.find((score) => score.on === on)
      return found ? withInterval({ ...found, mean: found.value }) : '–'
    })
    return [language === 'en' ? english : chinese, ...cells]
  })
  const head = [language === 'en' ? 'int8, with 95 % intervals' : 'int8，附 95 % 置信区间', ...ids]
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** The measures of an ensemble's table. */
const MEASURES = ['MRR', 'recall@10', 'MAP']

/** What several models at once reached beside each alone, as the table of docs/ensemble.md. */
export function ensembleTable({ rankings }: QualityFile, language: 'en' | 'zh'): string {
  const rows = Object.entries(rankings).flatMap(([task, contenders]) =>
    contenders.map(({ contender, measured }) => {
      const cells = MEASURES.map((name) => withInterval(measured[name]!))
      return [task, `\`${contender}\``, ...cells]
    }),
  )
  const head = [...(language === 'en' ? ['task', 'models'] : ['任务', '模型']), ...MEASURES]
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function withInterval({ mean, low, high }: { mean: number; low: number; high: number }): string {
  return `${mean.toFixed(DIGITS)} [${low.toFixed(DIGITS)}, ${high.toFixed(DIGITS)}]`
}

/** The bundled model comes first. */
function rankOf(id: string): number {
  return id.startsWith('jobs-static') ? 0 : 1
}
