import { foldName } from '../formats/column-names.ts'
import { describes, holdsText } from '../formats/described-text.ts'
import { listSkills, readOneText } from './split-texts.ts'
import { privateFields, type ResumeDocument } from './standard-fields.ts'

/** A condition that a resume must meet, as it is typed. */
export interface Condition {
  readonly field: string
  readonly kind: 'min' | 'max' | 'equals' | 'hasAll'
  readonly value: string
}

/** What the match page asks. */
interface MatchForm {
  readonly job: string
  /** As typed; the skills that the job's own text lists when empty. */
  readonly skills: string
  readonly documents: readonly ResumeDocument[]
  readonly conditions: readonly Condition[]
  readonly redact: boolean
  /** The server's standard model when empty. */
  readonly model: string
}

/** More are not shown on one page. */
const MOST_RESULTS = 50

/** The body of `POST /match` for a form. */
export function matchBody(form: MatchForm): Record<string, unknown> {
  const { documents, conditions, redact, model } = form
  const filters = filtersOf(conditions)
  const dropped = privateFields([...new Set(documents.flatMap((document) => Object.keys(document)))])
  return {
    query: jobOf(form),
    candidates: documents,
    topK: Math.min(MOST_RESULTS, Math.max(1, documents.length)),
    explain: true,
    ...(model !== '' && { model }),
    ...(redact && { redact: dropped.length > 0 ? dropped : true }),
    ...(Object.keys(filters).length > 0 && { filters }),
  }
}

/**
 * Parts resumes into those that have a text to compare and the places, from 1, of those that have none: the API would refuse
 * all for the sake of one.
 */
export function partByText({ documents, redact }: Pick<MatchForm, 'documents' | 'redact'>): {
  readonly comparable: readonly ResumeDocument[]
  readonly without: readonly number[]
} {
  const hasText = (document: ResumeDocument) => {
    const dropped = redact ? privateFields(Object.keys(document)) : []
    return Object.entries(document).some(
      ([name, value]) => describes(name) && !dropped.includes(name) && holdsText(value),
    )
  }
  const without = documents.flatMap((document, index) => (hasText(document) ? [] : [index + 1]))
  return { comparable: documents.filter(hasText), without }
}

/** The job as a document: its heading, its skills, its text. */
export function jobOf({ job, skills }: Pick<MatchForm, 'job' | 'skills'>): Record<string, unknown> {
  const read = readOneText(job)
  const typed = listSkills(skills)
  return typed.length > 0 ? { ...read, skills: typed } : read
}

/** Several conditions on one field hold together; a field or a value that is empty makes none. */
function filtersOf(conditions: readonly Condition[]): Record<string, Record<string, unknown>> {
  const filters: Record<string, Record<string, unknown>> = {}
  for (const { field, kind, value } of conditions) {
    if (field === '' || value.trim() === '') continue
    filters[field] = { ...filters[field], [kind]: comparedValue(kind, value.trim()) }
  }
  return filters
}

/** A number where one is compared; what is no number goes as it is, and the API says what it wants. */
function comparedValue(kind: Condition['kind'], value: string): unknown {
  if (kind === 'hasAll') return listSkills(value)
  const number = Number(value.normalize('NFKC'))
  return Number.isFinite(number) ? number : value
}

/** The part of the form that a field of the request was made of; `form` where it is none of them. */
export function partOfForm(
  field: string | undefined,
): 'job' | 'skills' | 'resumes' | 'conditions' | 'model' | 'form' {
  const name = foldName(field ?? '')
  if (/^quer(y|ies)\b/.test(name)) return name.includes('skills') ? 'skills' : 'job'
  if (/^candidates\b/.test(name)) return 'resumes'
  if (/^filters\b/.test(name)) return 'conditions'
  return /^model\b/.test(name) ? 'model' : 'form'
}
