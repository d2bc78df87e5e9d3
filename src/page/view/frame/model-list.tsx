import { useEffect, useState } from 'preact/hooks'
import type { GeneratorEntry, ModelEntry } from '../../model-entry.ts'
import { callJson } from './client.tsx'
import { describedBy, Field } from './field.tsx'
import { useWords } from './language.tsx'

interface Answer {
  readonly models: readonly ModelEntry[]
  /** Absent on a server without language models. */
  readonly generators?: readonly GeneratorEntry[]
}

let asked: Promise<Answer> | undefined

/** The models of the server, asked for once; again with `again`. @throws ApiFailure */
export async function readModels(again = false): Promise<readonly ModelEntry[]> {
  return (await read(again)).models
}

/** Its language models, ready or not. @throws ApiFailure */
export async function readGenerators(): Promise<readonly GeneratorEntry[]> {
  return (await read(false)).generators ?? []
}

function read(again: boolean): Promise<Answer> {
  if (asked && !again) return asked
  const answer = callJson<Answer>('models')
  asked = answer
  // A refused token or a server that was away is asked again by the next one who needs the list.
  answer.catch(() => {
    if (asked === answer) asked = undefined
  })
  return answer
}

interface ModelSelectParts {
  readonly id: string
  readonly label: string
  /** What stands for no choice. */
  readonly none: string
  readonly value: string
  readonly onChoose: (model: string) => void
  readonly hint?: string
  readonly error?: string | undefined
}

/** One of the server's models that embed, or none of them. */
export function ModelSelect({ id, label, none, value, onChoose, hint, error }: ModelSelectParts) {
  const words = useWords().modelsTab
  const [models, setModels] = useState<readonly ModelEntry[]>([])
  useEffect(() => {
    readModels().then(setModels, () => undefined)
  }, [])
  const shown = models.filter(({ task }) => task === 'embed')
  const isListed = value === '' || shown.some((model) => model.id === value)
  return (
    <Field id={id} label={label} hint={hint} error={error}>
      <select
        {...describedBy(id, hint, error)}
        value={value}
        onChange={(event) => onChoose(event.currentTarget.value)}
      >
        <option value="">{none}</option>
        {!isListed && <option value={value}>{value}</option>}
        {shown.map((model) => (
          <option key={model.id} value={model.id}>
            {model.id} · {model.languages.length > 3 ? words.languages.mul : model.languages.join(', ')}
            {model.loaded ? ` · ${words.loaded}` : ''}
          </option>
        ))}
      </select>
    </Field>
  )
}
