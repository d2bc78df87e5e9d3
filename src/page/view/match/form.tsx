import { useMemo } from 'preact/hooks'
import type { Condition } from '../../match-request.ts'
import { readResumes } from '../../read-resumes.ts'
import type { TextSplit } from '../../split-texts.ts'
import { privateFields } from '../../standard-fields.ts'
import { useStored } from '../frame/stored.tsx'

/** What is typed; it stays over a reload of the page. */
export function useMatchForm() {
  const [job, setJob] = useStored('match.job', '')
  const [skills, setSkills] = useStored('match.skills', '')
  const [resumes, setResumes] = useStored('match.resumes', '')
  const [split, setSplit] = useStored<TextSplit | ''>('match.split', '')
  const [conditions, setConditions] = useStored<readonly Condition[]>('match.conditions', [])
  const [redact, setRedact] = useStored('match.redact', true)
  const [model, setModel] = useStored('match.model', '')
  const [second, setSecond] = useStored('match.second', '')
  const read = useMemo(() => readResumes(resumes, split || undefined), [resumes, split])
  return {
    ...{ job, setJob, skills, setSkills, resumes, setResumes, split, setSplit, conditions, setConditions },
    ...{ redact, setRedact, model, setModel, second, setSecond, read },
  }
}

/** Everything of the match form. */
export type MatchState = ReturnType<typeof useMatchForm>

/** The private fields of what is in the form, for the sentence below the choice. */
export function droppedOf(form: MatchState): string[] {
  return form.redact ? privateFields(form.read.fields) : []
}
