import { AppError } from '../errors.ts'
import { foldName } from '../formats/column-names.ts'
import { didYouMean } from '../nearest.ts'

/** Names that columns have in China, and in other files of pairs, by the field that is meant. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  query: [
    '查询',
    '搜索词',
    '检索词',
    '关键词',
    '问题',
    '输入',
    'question',
    'search',
    'anchor',
    'text1',
    'sentence1',
  ],
  positive: ['正例', '答案', '匹配', '正确答案', '目标', 'answer', 'target', 'match', 'text2', 'sentence2'],
  positiveId: [
    '正例编号',
    '正例id',
    '标签编号',
    '标签id',
    '职位编号',
    '答案编号',
    'labelid',
    'answerid',
    'targetid',
  ],
  negatives: ['负例', '反例', '错误答案', 'negative', 'hardnegatives'],
  group: ['分组', '组别', '群体'],
  weight: ['权重', '分值'],
  source: ['来源', '渠道'],
  position: ['位置', '排名', '名次', 'rank'],
  shown: ['展示', '已展示'],
  time: ['时间', '日期', 'date', 'timestamp'],
  id: ['编号', '代码', '标签编号', '标签id', 'code', 'key'],
  text: ['文本', '名称', '标签', '标题', '职位', '职位名称', 'value'],
}

/**
 * Says once what is wrong with the header of a table, where each row would say it again.
 *
 * @param columns as the file has them; undefined in formats whose rows name their own fields
 * @param fields what a row may have
 * @param needed for each thing that a row cannot lack, the fields that may have it
 * @param isStrict whether any other column is a mistake
 * @throws AppError `invalid_request` that names the columns, and what they were likely meant to be
 */
export function requireHeader(
  file: string,
  columns: readonly string[] | undefined,
  { fields, needed, isStrict }: HeaderRules,
): void {
  if (columns === undefined) return
  const [has, may] = [new Set(columns.map(foldName)), new Set(fields.map(foldName))]
  const unknown = columns.filter((column) => !may.has(foldName(column)))
  const lacking = needed.filter((names) => !names.some((name) => has.has(foldName(name))))
  if (lacking.length === 0 && !(isStrict && unknown.length > 0)) return
  const meant = unknown.map((column) => `${JSON.stringify(column.slice(0, 60))}${meantBy(column, fields)}`)
  const problems = [
    ...lacking.map((names) => `it has no column ${names.join(' or ')}`),
    ...(meant.length > 0 ? [`it has ${meant.join(', ')}`] : []),
  ]
  throw new AppError(
    'invalid_request',
    `${file}: the header is not that of such a file: ${problems.join('; ')}. Expected of ${fields.join(', ')}; rename the columns.`,
    { details: { field: lacking[0]?.[0] ?? unknown[0] } },
  )
}

/** What a header may and must have. */
export interface HeaderRules {
  readonly fields: readonly string[]
  readonly needed: readonly (readonly string[])[]
  readonly isStrict: boolean
}

/** ` (did you mean positiveId?)`, or nothing. Case, spaces, `_` and `-` do not count. */
export function meantBy(column: string, fields: readonly string[]): string {
  const plain = (name: string) =>
    name
      .normalize('NFKC')
      .toLowerCase()
      .replaceAll(/[\s_-]/g, '')
  const wanted = plain(column)
  const known = fields.find((field) => plain(field) === wanted || OTHER_NAMES[field]?.includes(wanted))
  if (known !== undefined) return ` (did you mean ${known}?)`
  const near = didYouMean(column, fields).replace('; ', '')
  return near === '' ? '' : ` (${near})`
}
