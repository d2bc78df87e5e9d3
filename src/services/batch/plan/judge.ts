import { AppError, invalid } from '../../../errors.ts'
import type { JudgeService } from '../../judge/judge.ts'
import type { JobSettings } from './settings.ts'

/** Who judges the matches of a job's rows, decided when it begins. */
export interface PlannedJudge {
  /** An id of the catalog of language models. */
  readonly model: string
  /** Absent for a model of another server. */
  readonly revision?: string
  /** Matches of each row that are judged. */
  readonly top: number
  readonly weight: number
  /** Whether the matches that are kept are quoted, too. */
  readonly quotes?: true
}

/**
 * The judge that settings ask for; undefined when they ask for none.
 *
 * @throws AppError `invalid_request` for a job that has no matches, `runtime_missing` where nobody judges, and as
 * `JudgeService.plan` does
 */
export function planJudgeOf(
  kind: string,
  { judge: asked }: JobSettings,
  judge: Pick<JudgeService, 'plan' | 'weight'> | undefined,
): PlannedJudge | undefined {
  if (!asked) return undefined
  if (kind !== 'match') {
    throw invalid(
      'judge',
      `A job of kind ${kind} does not obey the setting judge; it belongs to "job": "match"; leave it out.`,
    )
  }
  if (!judge) throw noJudges()
  const { manifest, top, quotes } = judge.plan(asked)
  const revision = 'revision' in manifest ? { revision: manifest.revision } : {}
  return { model: manifest.id, ...revision, top, weight: judge.weight, ...(quotes && { quotes }) }
}

/** The error of a worker that has no language models. */
export function noJudges(): AppError {
  return new AppError(
    'runtime_missing',
    'This worker has no language models that could judge; leave judge out of the job settings.',
    { details: { field: 'judge' } },
  )
}
