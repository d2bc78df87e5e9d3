import { useState } from 'preact/hooks'
import { SAMPLE_TEXTS } from '../../samples.ts'
import { ApiFailure, postJson } from '../frame/client.tsx'
import { describedBy, Field, FieldError } from '../frame/field.tsx'
import { useWords } from '../frame/language.tsx'
import { ModelSelect } from '../frame/model-list.tsx'
import { useStored } from '../frame/stored.tsx'
import { CodeSamples } from './code-tabs.tsx'
import { HeatMap } from './heat-map.tsx'
import { PlaneMap } from './plane-map.tsx'

/** A heat map of more has fields too small to read. */
const MOST_TEXTS = 40
const ROLES = ['', 'query', 'document'] as const

interface EmbedAnswer {
  readonly model: string
  readonly dimensions: number
  readonly embeddings: readonly (readonly number[])[]
  readonly usage: { readonly tokens: number }
  readonly warnings: readonly string[]
  readonly timing: { readonly tokenizeMs: number; readonly inferenceMs: number }
}

interface Outcome {
  readonly texts: readonly string[]
  readonly answer: EmbedAnswer
}

function useEmbedForm() {
  const [text, setText] = useStored('embed.texts', '')
  const [model, setModel] = useStored('embed.model', '')
  const [role, setRole] = useStored('embed.role', '')
  const [dimensions, setDimensions] = useStored('embed.dimensions', '')
  const texts = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  return { text, setText, model, setModel, role, setRole, dimensions, setDimensions, texts }
}

type EmbedState = ReturnType<typeof useEmbedForm>
type Problems = Partial<Record<'texts' | 'model' | 'dimensions' | 'form', string>>

/** Shows how alike texts are, and where they lie. */
export function EmbedTab() {
  const words = useWords()
  const form = useEmbedForm()
  const { problems, outcome, working, run } = useEmbed(form)
  return (
    <>
      <div class="intro">
        <h1>{words.embed.title}</h1>
        <p>{words.embed.lead}</p>
        <p class="samples">
          <button type="button" onClick={() => form.setText(SAMPLE_TEXTS)}>
            {words.loadSample}
          </button>
        </p>
      </div>
      <form onSubmit={run} noValidate>
        <div class="columns columns-wide">
          <Field
            id="embed-texts"
            label={words.embed.texts}
            hint={words.embed.textsHint(MOST_TEXTS)}
            error={problems.texts}
          >
            <textarea
              {...describedBy('embed-texts', true, problems.texts)}
              rows={9}
              value={form.text}
              onInput={(event) => form.setText(event.currentTarget.value)}
            />
          </Field>
          <EmbedOptions form={form} problems={problems} />
        </div>
        <div class="actions">
          <button type="submit" class="primary" disabled={working}>
            {working ? words.working : words.embed.run}
          </button>
          {problems.form && <FieldError id="embed-form-error" sentence={problems.form} />}
        </div>
      </form>
      {outcome && <Shown {...outcome} />}
    </>
  )
}

function useEmbed(form: EmbedState) {
  const words = useWords()
  const [problems, setProblems] = useState<Problems>({})
  const [outcome, setOutcome] = useState<Outcome>()
  const [working, setWorking] = useState(false)
  const run = async (event: Event) => {
    event.preventDefault()
    const { texts, model, role, dimensions } = form
    if (texts.length < 2) return setProblems({ texts: words.embed.need })
    if (texts.length > MOST_TEXTS)
      return setProblems({ texts: words.embed.tooMany(texts.length, MOST_TEXTS) })
    setProblems({})
    setWorking(true)
    const body = {
      input: texts,
      ...(model !== '' && { model }),
      ...(role !== '' && { role }),
      ...(dimensions !== '' && {
        dimensions: Number.isFinite(Number(dimensions)) ? Number(dimensions) : dimensions,
      }),
    }
    try {
      setOutcome({ texts, answer: await postJson<EmbedAnswer>('embed', body) })
    } catch (cause) {
      if (!(cause instanceof ApiFailure)) throw cause
      setProblems({ [partOf(cause.field)]: cause.message || words.unreachable })
    } finally {
      setWorking(false)
    }
  }
  return { problems, outcome, working, run }
}

function partOf(field = ''): keyof Problems {
  if (field.startsWith('input')) return 'texts'
  return field === 'model' || field === 'dimensions' ? field : 'form'
}

function EmbedOptions({ form, problems }: { readonly form: EmbedState; readonly problems: Problems }) {
  const words = useWords()
  return (
    <div class="stack">
      <ModelSelect
        id="embed-model"
        label={words.model}
        none={words.standardModel}
        value={form.model}
        onChoose={form.setModel}
        error={problems.model}
      />
      <Field id="embed-role" label={words.embed.role}>
        <select
          id="embed-role"
          value={form.role}
          onChange={(event) => form.setRole(event.currentTarget.value)}
        >
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {words.embed.roles[role]}
            </option>
          ))}
        </select>
      </Field>
      <Field
        id="embed-dimensions"
        label={words.embed.dimensions}
        error={problems.dimensions}
        aside={<span class="aside">{words.optional}</span>}
      >
        <input
          {...describedBy('embed-dimensions', false, problems.dimensions)}
          type="text"
          inputMode="numeric"
          value={form.dimensions}
          onInput={(event) => form.setDimensions(event.currentTarget.value.trim())}
        />
      </Field>
    </div>
  )
}

function Shown({ texts, answer }: Outcome) {
  const words = useWords()
  const { embeddings, model, dimensions, usage, timing, warnings } = answer
  const ms = (timing.tokenizeMs + timing.inferenceMs).toFixed(1)
  return (
    <section class="results">
      <p class="note" role="status">
        <strong>{model}</strong> · {words.embed.facts(texts.length, dimensions, usage.tokens, ms)}
      </p>
      {warnings.map((warning) => (
        <p class="warn" key={warning} lang="en">
          {warning}
        </p>
      ))}
      <div class="columns charts">
        <HeatMap texts={texts} vectors={embeddings} />
        <PlaneMap texts={texts} vectors={embeddings} />
      </div>
      <CodeSamples texts={texts} model={model} />
    </section>
  )
}
