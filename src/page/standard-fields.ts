import { foldName } from '../formats/column-names.ts'
import { listSkills } from './split-texts.ts'

/** A resume as `POST /match` takes it, with fields of any name; `id`, `title`, `skills` and `text` are shown as such. */
export type ResumeDocument = Readonly<Record<string, unknown>>

/** How people head their columns, by the name that the match and the page know. */
const STANDARD: Readonly<Record<string, readonly string[]>> = {
  id: ['id', '编号', '編號', '序号', '简历编号', 'no', 'no.', 'number'],
  title: ['title', 'job title', 'position', '标题', '標題', '职位', '職位', '职位名称', '应聘职位', '岗位'],
  skills: ['skills', 'skill', '技能', '专业技能', '技能标签'],
  text: [
    'text',
    'resume',
    'cv',
    'summary',
    'content',
    '简历',
    '簡歷',
    '正文',
    '文本',
    '内容',
    '自我评价',
    '工作经历',
  ],
}

/** Fields that must not sway a match, as they are headed in either language. */
const PRIVATE = new Set(
  [
    ...['name', 'full name', 'first name', 'last name', 'surname', 'age', 'sex', 'gender', 'birthday'],
    ...['date of birth', 'nationality', 'ethnicity', 'photo', 'address', 'marital status', 'email', 'phone'],
    ...[
      '姓名',
      '名字',
      '年龄',
      '性别',
      '生日',
      '出生日期',
      '籍贯',
      '民族',
      '国籍',
      '照片',
      '住址',
      '地址',
      '婚姻状况',
    ],
    ...['婚姻', '邮箱', '电话', '手机', '手机号', '身份证号'],
  ].map(foldName),
)

const USUAL = new Set([...Object.values(STANDARD).flat(), ...PRIVATE].map(foldName))

/** Whether people head a column of resumes like this. */
export function isUsualColumn(name: string): boolean {
  return USUAL.has(foldName(name))
}

/** The fields of these documents that must not sway a match, as they are written. */
export function privateFields(fields: readonly string[]): string[] {
  return fields.filter((field) => PRIVATE.has(foldName(field)))
}

/**
 * Gives usual columns their standard names, and texts that list skills as a list. A name is given once: a row with
 * both `text` and `summary` keeps the second under its own.
 */
export function nameFields(rows: readonly Readonly<Record<string, unknown>>[]): {
  readonly documents: ResumeDocument[]
  readonly renamed: [string, string][]
} {
  const names = new Set(rows.flatMap((row) => Object.keys(row)))
  const renamed: [string, string][] = []
  for (const [standard, usual] of Object.entries(STANDARD)) {
    if (names.has(standard)) continue
    const found = usual
      .map(foldName)
      .flatMap((form) => [...names].find((name) => foldName(name) === form) ?? [])
    if (found[0] !== undefined) renamed.push([found[0], standard])
  }
  const standardOf = new Map(renamed)
  const documents = rows.map((row) =>
    Object.fromEntries(
      Object.entries(row)
        .map(([name, value]) => [standardOf.get(name) ?? name, value] as const)
        .filter(([, value]) => value !== null && value !== '')
        .map(([name, value]) => [
          name,
          name === 'skills' && typeof value === 'string' ? listSkills(value) : value,
        ]),
    ),
  )
  return { documents, renamed }
}

/** Columns of a table in which every cell is a number become numbers, so that filters can compare them; ids stay texts. */
export function typeColumns(
  columns: readonly string[],
  rows: readonly Readonly<Record<string, unknown>>[],
): Record<string, unknown>[] {
  const isId = new Set(STANDARD.id!.map(foldName))
  const numeric = new Set(
    columns.filter((column) => {
      if (isId.has(foldName(column))) return false
      const cells = rows.map((row) => String(row[column] ?? '').trim()).filter((cell) => cell !== '')
      return cells.length > 0 && cells.every((cell) => /^-?(0|[1-9]\d{0,14})(\.\d+)?$/.test(cell))
    }),
  )
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => {
        const cell = String(value ?? '').trim()
        return [name, numeric.has(name) && cell !== '' ? Number(cell) : value]
      }),
    ),
  )
}
