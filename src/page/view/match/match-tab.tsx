import { useState } from 'preact/hooks'
import type { MatchAnswer } from '../../match-answer.ts'
import { jobOf, matchBody, partByText, partOfForm } from '../../match-request.ts'
import { SAMPLES } from '../../samples.ts'
import type { ResumeDocument } from '../../standard-fields.ts'
import { ApiFailure, postJson } from '../frame/client.tsx'
import { describedBy, Field, FieldError } from '../frame/field.tsx'
import { useWords } from '../frame/language.tsx'
import { isRefused } from '../frame/stored.tsx'
import { type MatchState, useMatchForm } from './form.tsx'
import { MatchOptions } from './options.tsx'
import { Ranking } from './ranking.tsx'
import { ResumesField } from './resumes-field.tsx'

type Problems = Partial<Record<ReturnType<typeof partOfForm> | 'second', string>>

interface Outcome {
  readonly answers: readonly MatchAnswer[]
  /** What was sent, since the form may change below the answer. */
  readonly documents: readonly ResumeDocument[]
}

/** Ranks resumes for a job, and shows what speaks for each. */
export function MatchTab() {
  const words = useWords()
  const form = useMatchForm()
  const { problems, outcome, working, run, forget } = useMatch(form)
  return (
    <>
      <div class="intro">
        <h1>{words.match.title}</h1>
        <p>{words.match.lead}</p>
        <SampleButtons form={form} onChoose={forget} />
      </div>
      <form class="match-form" onSubmit={run} noValidate>
        <div class="columns">
          <JobFields form={form} problems={problems} />
          <ResumesField form={form} problem={problems.resumes} />
        </div>
        <MatchOptions form={form} problems={problems} />
        <div class="actions">
          <button type="submit" class="primary" disabled={working}>
            {working ? words.working : words.match.run}
          </button>
          {problems.form && <FieldError id="match-form-error" sentence={problems.form} />}
        </div>
      </form>
      {outcome && <Ranking {...outcome} />}
    </>
  )
}

function useMatch(form: MatchState) {
  const words = useWords()
  const [problems, setProblems] = useState<Problems>({})
  const [outcome, setOutcome] = useState<Outcome>()
  const [working, setWorking] = useState(false)
  /** The sentence is beside the field, and so is the person then. */
  const complain = (field: 'job' | 'resumes', sentence: string) => {
    setProblems({ [field]: sentence })
    setOutcome(undefined)
    document.getElementById(field)?.focus()
  }
  /** Says what the API answers, beside the part of the form that it is about. */
  const tellOf = (part?: 'second') => (cause: unknown) => {
    if (!(cause instanceof ApiFailure)) throw cause
    setProblems({ [part ?? partOfForm(cause.field)]: cause.message || words.unreachable })
  }
  const run = async (event: Event) => {
    event.preventDefault()
    const { comparable: documents } = partByText({ ...form.read, redact: form.redact })
    if (form.job.trim() === '') return complain('job', words.match.needJob)
    if (form.read.documents.length === 0)
      return complain('resumes', form.read.problems[0]?.message ?? words.match.needResumes)
    if (documents.length === 0) return complain('resumes', words.match.noText)
    setProblems({})
    setWorking(true)
    try {
      const ask = (model: string) => postJson<MatchAnswer>('match', matchBody({ ...form, documents, model }))
      const answers = [ask(form.model), ...(form.second ? [ask(form.second)] : [])]
      const [first, second] = await Promise.allSettled(answers)
      if (first!.status === 'rejected') throw first!.reason
      // The ranking of the first model stands without the second.
      if (second?.status === 'rejected') tellOf('second')(second.reason)
      setOutcome({ answers: [first!, second].flatMap(valuesOf), documents })
    } catch (cause) {
      // A ranking of before would look like the answer to what was typed now.
      setOutcome(undefined)
      tellOf()(cause)
    } finally {
      setWorking(false)
    }
  }
  const forget = () => {
    setProblems({})
    setOutcome(undefined)
  }
  return { problems, outcome, working, run, forget }
}

function valuesOf<Value>(settled: PromiseSettledResult<Value> | undefined): Value[] {
  return settled?.status === 'fulfilled' ? [settled.value] : []
}

function SampleButtons({ form, onChoose }: { readonly form: MatchState; readonly onChoose: () => void }) {
  const words = useWords()
  const load = (name: keyof typeof SAMPLES) => {
    form.setJob(SAMPLES[name].job)
    form.setSkills('')
    form.setResumes(SAMPLES[name].resumes)
    form.setSplit('')
    form.setConditions(SAMPLES[name].conditions)
    onChoose()
  }
  return (
    <p class="samples">
      <span>{words.loadSample}</span>
      <button type="button" onClick={() => load('english')}>
        {words.sampleEnglish}
      </button>
      <button type="button" onClick={() => load('chinese')}>
        {words.sampleChinese}
      </button>
    </p>
  )
}

function JobFields({ form, problems }: { readonly form: MatchState; readonly problems: Problems }) {
  const words = useWords()
  const listed = jobOf({ job: form.job, skills: '' }).skills
  return (
    <div class="stack">
      <Field id="job" label={words.match.job} hint={words.match.jobHint} error={problems.job}>
        <textarea
          {...describedBy('job', true, problems.job)}
          rows={11}
          placeholder={words.match.jobPlaceholder}
          value={form.job}
          onInput={(event) => form.setJob(event.currentTarget.value)}
        />
      </Field>
      {isRefused('match.job') && <p class="note">{words.notKept}</p>}
      <Field
        id="skills"
        label={words.match.skills}
        hint={words.match.skillsHint}
        error={problems.skills}
        aside={<span class="aside">{words.optional}</span>}
      >
        <input
          {...describedBy('skills', true, problems.skills)}
          type="text"
          value={form.skills}
          placeholder={Array.isArray(listed) ? listed.join(', ') : ''}
          onInput={(event) => form.setSkills(event.currentTarget.value)}
        />
      </Field>
    </div>
  )
}
