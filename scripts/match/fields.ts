import { foldName } from '../../src/formats/column-names.ts'
import { ExactNumber } from '../../src/formats/exact-json.ts'
import { UnreadableValue } from '../../src/formats/record.ts'

/** Chinese headers, and the fields of a document that they are: what is read, filtered on or left out of the comparison. */
const CHINESE_FIELDS: Readonly<Record<string, readonly string[]>> = {
  id: ['编号', '編號', '简历编号', '候选人编号', '职位编号'],
  name: ['姓名', '名字', '候选人', '候選人'],
  title: ['职位', '職位', '职位名称', '職位名稱', '岗位', '岗位名称', '应聘职位', '标题', '標題'],
  skills: ['技能', '专业技能', '技能要求', '專業技能'],
  years: ['工作年限', '年限', '工作经验年限', '工作年資'],
  location: ['城市', '地点', '地點', '所在地', '现居地', '工作地点'],
  email: ['邮箱', '电子邮箱', '电子邮件', '郵箱'],
  phone: ['电话', '手机', '手机号', '联系电话', '電話', '手機'],
}
const FIELDS = new Map(
  Object.entries(CHINESE_FIELDS).flatMap(([field, names]) => names.map((name) => [name, field] as const)),
)

/** The field that a column is: `skills` for 技能; other names stay. */
export function fieldOf(name: string): string {
  return FIELDS.get(foldName(name)) ?? name
}

/** The fields of one row, and of its columns those that were taken as fields of other names. */
interface Fields {
  readonly fields: Readonly<Record<string, unknown>>
  readonly renamed: readonly (readonly [column: string, field: string])[]
}

/**
 * A row as a document of `POST /match`: Chinese headers under the names of its fields, skills in one cell as a list, and of a
 * table, in which everything is text, numbers as numbers. A row that has both names keeps both as they are.
 *
 * @param isTable whether the row comes from CSV or TSV
 */
export function toFields(row: Readonly<Record<string, unknown>>, isTable: boolean): Fields {
  const renamed: [string, string][] = []
  const given = new Set(Object.keys(row).map(foldName))
  const fields = Object.entries(row).map(([column, value]) => {
    const field = fieldOf(column)
    const taken = field !== column && !given.has(field)
    if (taken) {
      renamed.push([column, field])
      given.add(field)
    }
    const name = taken ? field : column
    return [name, toValue(name, value, isTable)] as const
  })
  return { fields: Object.fromEntries(fields), renamed }
}

/** Plain numbers of so many digits at most: longer ones are accounts, telephones and the like. */
const NUMBER = /^-?(?:0|[1-9]\d{0,8})(?:\.\d{1,9})?$/

function toValue(name: string, value: unknown, isTable: boolean): unknown {
  const folded = foldName(name)
  if (value instanceof UnreadableValue) return null
  if (typeof value === 'bigint') return new ExactNumber(String(value))
  if (typeof value !== 'string' || folded === 'id') return value
  if (folded === 'skills') return skillsOf(value)
  return isTable && NUMBER.test(value.trim()) ? Number(value) : value
}

/** Skills that stand in one cell, as a list. */
function skillsOf(cell: string): string[] {
  return cell
    .split(/[、,，;；|\n]/)
    .map((skill) => skill.trim())
    .filter((skill) => skill !== '')
}
