import { useEffect, useRef } from 'preact/hooks'
import { type MatchAnswer, placesOf } from '../../match-answer.ts'
import type { ResumeDocument } from '../../standard-fields.ts'
import { useWords } from '../frame/language.tsx'
import { ResultCard } from './result-card.tsx'

interface RankingParts {
  /** One for each model that was asked. */
  readonly answers: readonly MatchAnswer[]
  readonly documents: readonly ResumeDocument[]
}

/** The ranked resumes of one model, or of two beside each other; those left out with the reason. */
export function Ranking({ answers, documents }: RankingParts) {
  const words = useWords().match
  const heading = useRef<HTMLHeadingElement>(null)
  // The focus brings it into view, and a screen reader goes on from there.
  useEffect(() => heading.current?.focus(), [answers])
  const [first] = answers
  if (!first) return null
  const warnings = [...new Set(answers.flatMap((answer) => answer.warnings))]
  const places = answers.length > 1 ? placesOf(first) : undefined
  return (
    <section class="results" aria-labelledby="results-title">
      <h2 id="results-title" ref={heading} tabIndex={-1}>
        {words.results}
      </h2>
      <p class="hint">{words.bandHint}</p>
      {warnings.length > 0 && <Sentences title={words.warnings} sentences={warnings} />}
      <div class={answers.length > 1 ? 'side-by-side' : ''}>
        {answers.map((answer, index) => (
          <OneRanking
            key={index}
            answer={answer}
            documents={documents}
            {...(index > 0 && places && { places })}
          />
        ))}
      </div>
      <Excluded answer={first} documents={documents} />
    </section>
  )
}

interface OneRankingParts {
  readonly answer: MatchAnswer
  readonly documents: readonly ResumeDocument[]
  /** Places with the first model, beside which this one stands. */
  readonly places?: ReadonlyMap<number, number>
}

function OneRanking({ answer, documents, places }: OneRankingParts) {
  const words = useWords().match
  const { results, models, excluded } = answer
  const left = documents.length - excluded.length
  return (
    <div class="ranking">
      <p class="ranking-head">
        {words.ranked(left, models.map(({ model }) => model).join(' + '))}
        {left > results.length && ` · ${words.shown(results.length)}`}
      </p>
      {results.length === 0 && <p class="note">{words.nobody}</p>}
      <ol class="cards">
        {results.map((result, index) => (
          <ResultCard
            key={result.index}
            place={index + 1}
            before={places?.get(result.index)}
            result={result}
            document={documents[result.index] ?? {}}
          />
        ))}
      </ol>
    </div>
  )
}

/** A short list of the server's own sentences, which are English in every language of the page. */
export function Sentences({
  title,
  sentences,
}: {
  readonly title: string
  readonly sentences: readonly string[]
}) {
  return (
    <div class="warn">
      <strong>{title}</strong>
      <ul>
        {sentences.map((sentence) => (
          <li key={sentence} lang="en">
            {sentence}
          </li>
        ))}
      </ul>
    </div>
  )
}

function Excluded({
  answer,
  documents,
}: {
  readonly answer: MatchAnswer
  readonly documents: readonly ResumeDocument[]
}) {
  const words = useWords().match
  if (answer.excluded.length === 0) return null
  const titleOf = new Map(documents.map(({ id, title }, index) => [String(id ?? index), title]))
  return (
    <section class="excluded" aria-labelledby="excluded-title">
      <h3 id="excluded-title">{words.excluded(answer.excluded.length)}</h3>
      <ul>
        {answer.excluded.map(({ id, reason }) => (
          <li key={id}>
            <span class="id">{id}</span> {String(titleOf.get(id) ?? '')} <span lang="en">{reason}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
