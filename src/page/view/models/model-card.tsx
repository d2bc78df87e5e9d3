import { useContext, useState } from 'preact/hooks'
import { describeBytes, type ModelEntry, scoresByPair } from '../../model-entry.ts'
import { ApiFailure } from '../frame/client.tsx'
import { FieldError } from '../frame/field.tsx'
import { LanguageContext, useWords } from '../frame/language.tsx'
import { LearnedReport } from './learned-report.tsx'

interface CardParts {
  readonly model: ModelEntry
  readonly change: (id: string, verb: 'load' | 'unload') => Promise<void>
}

/** More languages are counted, not listed. */
const MOST_LANGUAGES = 6

/** One model: what it is for, what it costs, how good it was measured to be. */
export function ModelCard({ model, change }: CardParts) {
  const words = useWords().modelsTab
  const { id, aliases, task, loaded, memoryBytes, bytes, dimensions } = model
  return (
    <li class="card model">
      <div class="card-head">
        <div class="card-title">
          <h2>{id}</h2>
          <p class="id">
            {words.task[task] ?? task}
            {aliases.length > 0 && ` · ${words.aliases}: ${aliases.join(', ')}`}
          </p>
        </div>
        <LoadButton model={model} change={change} />
      </div>
      <p class="model-state" data-loaded={loaded}>
        <strong>{loaded ? words.loaded : words.notLoaded}</strong> ·{' '}
        {loaded ? words.memory(describeBytes(memoryBytes)) : words.download(describeBytes(bytes))}
        <LastUsed at={model.lastUsedAt} />
      </p>
      <dl class="facts">
        <Fact name={words.filter} value={<LanguageNames codes={model.languages} />} />
        <Fact name={words.licence} value={model.license} />
        {dimensions && task === 'embed' ? <Fact name={words.dimensions} value={String(dimensions)} /> : null}
        <Fact name={words.tokens} value={words.tokensValue(String(model.maxTokens))} />
      </dl>
      {model.learned && <LearnedReport id={id} learned={model.learned} />}
      <Quality model={model} />
    </li>
  )
}

function Fact({ name, value }: { readonly name: string; readonly value: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

function LanguageNames({ codes }: { readonly codes: readonly string[] }) {
  const words = useWords().modelsTab
  const language = useContext(LanguageContext)
  const names = new Intl.DisplayNames([language], { type: 'language' })
  const nameOf = (code: string) => words.languages[code] ?? names.of(code) ?? code
  // Chinese and English first: they are what people look for here.
  const sorted = [...codes].sort((one, other) => rank(one) - rank(other))
  const rest = sorted.length - MOST_LANGUAGES
  const separator = language === 'zh-CN' ? '、' : ', '
  return (
    <>
      {sorted.slice(0, MOST_LANGUAGES).map(nameOf).join(separator)}
      {rest > 0 && ` ${words.moreLanguages(rest)}`}
    </>
  )
}

function rank(code: string): number {
  return code === 'en' || code === 'zh' ? 0 : 1
}

function LastUsed({ at }: { readonly at: string | null }) {
  const words = useWords().modelsTab
  const language = useContext(LanguageContext)
  if (at === null) return null
  const when = new Date(at).toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit' })
  return <> · {words.used(when)}</>
}

function LoadButton({ model, change }: CardParts) {
  const words = useWords()
  const [working, setWorking] = useState(false)
  const [problem, setProblem] = useState<string>()
  const verb = model.loaded ? 'unload' : 'load'
  const run = async () => {
    setWorking(true)
    setProblem(undefined)
    try {
      await change(model.id, verb)
    } catch (cause) {
      setProblem(cause instanceof ApiFailure && cause.message ? cause.message : words.unreachable)
    } finally {
      setWorking(false)
    }
  }
  const busy = verb === 'load' ? words.modelsTab.loading : words.modelsTab.unloading
  const label = verb === 'load' ? words.modelsTab.loadOf(model.id) : words.modelsTab.unloadOf(model.id)
  return (
    <div class="load">
      <button type="button" aria-label={label} disabled={working} onClick={run}>
        {working ? busy : words.modelsTab[verb]}
      </button>
      {problem && <FieldError id={`load-${model.id}-error`} sentence={problem} />}
    </div>
  )
}

function Quality({ model: { id, quality } }: { readonly model: ModelEntry }) {
  const words = useWords().modelsTab
  if (quality.scores.length === 0) return <p class="hint">{words.notMeasured}</p>
  return (
    <details>
      <summary>{words.measured}</summary>
      {scoresByPair(quality.scores).map(([pair, scores]) => (
        <table class="quality" key={pair} aria-label={`${id} ${pair}`}>
          <caption>{words.pairs[pair] ?? pair}</caption>
          <thead>
            <tr>
              <th scope="col">{words.what}</th>
              <th scope="col">{words.measure}</th>
              <th scope="col">{words.value}</th>
            </tr>
          </thead>
          <tbody>
            {scores.map(({ task, measure, on, value }) => (
              <tr key={on} title={on}>
                <td lang="en">{task}</td>
                <td lang="en">{measure}</td>
                <td>{value.toFixed(3)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ))}
      <p class="hint" lang="en">
        {quality.note}
      </p>
    </details>
  )
}
