import { useEffect, useState } from 'preact/hooks'
import { describeBytes, type ModelEntry, speaks } from '../../model-entry.ts'
import { ApiFailure, postJson } from '../frame/client.tsx'
import { FieldError } from '../frame/field.tsx'
import { useWords } from '../frame/language.tsx'
import { readModels } from '../frame/model-list.tsx'
import { useStored } from '../frame/stored.tsx'
import { ModelCard } from './model-card.tsx'

const LANGUAGES = ['', 'en', 'zh'] as const

/** What the server can load and what it has loaded. */
export function ModelsTab() {
  const words = useWords()
  const { models, problem, refresh, change } = useModels()
  const [language, setLanguage] = useStored('models.language', '')
  const shown = models?.filter((model) => speaks(model, language)) ?? []
  const loaded = models?.filter((model) => model.loaded) ?? []
  const memory = loaded.reduce((sum, model) => sum + model.memoryBytes, 0)
  return (
    <>
      <div class="intro">
        <h1>{words.modelsTab.title}</h1>
        <p>{words.modelsTab.lead}</p>
      </div>
      <div class="toolbar">
        <label class="inline">
          {words.modelsTab.filter}
          <select value={language} onChange={(event) => setLanguage(event.currentTarget.value)}>
            {LANGUAGES.map((code) => (
              <option key={code} value={code}>
                {code === '' ? words.modelsTab.anyLanguage : words.modelsTab.languages[code]}
              </option>
            ))}
          </select>
        </label>
        <p class="note" role="status">
          {models && words.modelsTab.total(loaded.length, describeBytes(memory))}
        </p>
        <button type="button" onClick={refresh}>
          {words.modelsTab.refresh}
        </button>
      </div>
      {problem && <FieldError id="models-error" sentence={problem} />}
      {models && shown.length === 0 && <p class="note">{words.modelsTab.none}</p>}
      <ul class="models">
        {shown.map((model) => (
          <ModelCard key={model.id} model={model} change={change} />
        ))}
      </ul>
    </>
  )
}

function useModels() {
  const words = useWords()
  const [models, setModels] = useState<readonly ModelEntry[]>()
  const [problem, setProblem] = useState<string>()
  const read = async (again: boolean) => {
    try {
      setModels(await readModels(again))
      setProblem(undefined)
    } catch (cause) {
      setProblem(cause instanceof ApiFailure && cause.message ? cause.message : words.unreachable)
    }
  }
  useEffect(() => void read(true), [])
  /** Loads or unloads a model. @throws ApiFailure */
  const change = async (id: string, verb: 'load' | 'unload') => {
    await postJson<unknown>(`models/${encodeURIComponent(id)}/${verb}`, {})
    await read(true)
  }
  return { models, problem, refresh: () => void read(true), change }
}
