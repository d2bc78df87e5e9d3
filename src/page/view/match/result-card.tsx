import { leavesOf, type Passage, segmentsOf } from '../../highlight.ts'
import { type Evidence, type MatchResult, passagesAt } from '../../match-answer.ts'
import type { ResumeDocument } from '../../standard-fields.ts'
import { useWords } from '../frame/language.tsx'

interface CardParts {
  /** Counted from 1. */
  readonly place: number
  /** Its place with the first model, where this is the second. */
  readonly before?: number | undefined
  readonly result: MatchResult
  readonly document: ResumeDocument
}

/** The texts of the first ones are open: they are what people look at. */
const OPEN = 3

/** One ranked resume: score and band, skills, the passages that speak for it, and its text with these marked. */
export function ResultCard({ place, before, result, document }: CardParts) {
  const words = useWords().match
  const { explanation } = result
  const title = typeof document.title === 'string' ? document.title : undefined
  const hasId = document.id !== undefined
  const name = hasId ? result.id : words.unnamed(result.index + 1)
  return (
    <li class="card">
      <div class="card-head">
        <span class="place" aria-hidden="true">
          {place}
        </span>
        <div class="card-title">
          <h3>{title ? <Marked text={title} passages={passagesAt(result, 'title')} /> : name}</h3>
          <p class="id">
            {title && hasId ? result.id : ''}
            {before !== undefined && <Move places={before - place} />}
          </p>
        </div>
        <Score result={result} />
      </div>
      {explanation?.skills && <Skills {...explanation.skills} />}
      <div class="card-body">
        {explanation && explanation.evidence.length > 0 && <EvidenceList evidence={explanation.evidence} />}
        <details class="whole" open={place <= OPEN}>
          <summary>{words.wholeText}</summary>
          <dl>
            {Object.entries(document)
              .filter(([name]) => name !== 'id' && name !== 'title')
              .map(([name, value]) => (
                <FieldText key={name} name={name} value={value} result={result} />
              ))}
          </dl>
        </details>
      </div>
    </li>
  )
}

function Score({ result: { score, chance, band } }: { readonly result: MatchResult }) {
  const words = useWords().match
  const percent = chance === undefined ? undefined : Math.round(chance * 100)
  return (
    <div class="score" data-band={band ?? 'none'}>
      <p class="band">
        {band && <strong>{words.bands[band] ?? band}</strong>}
        <span class="number">
          <span class="visually-hidden">{words.score} </span>
          {score.toFixed(2)}
        </span>
      </p>
      <meter min={0} max={1} value={Math.max(0, Math.min(1, chance ?? score))} aria-label={words.score} />
      {percent !== undefined && <p class="chance">{words.chance(percent)}</p>}
    </div>
  )
}

function Move({ places }: { readonly places: number }) {
  const words = useWords().match
  const said = places > 0 ? words.rise(places) : places < 0 ? words.fall(-places) : words.same
  return (
    <span class="move" title={said}>
      <span aria-hidden="true">{places > 0 ? `▲ ${places}` : places < 0 ? `▼ ${-places}` : '＝'}</span>
      <span class="visually-hidden">{said}</span>
    </span>
  )
}

type SkillsParts = NonNullable<NonNullable<MatchResult['explanation']>['skills']>

function Skills({ matched, missing }: SkillsParts) {
  const words = useWords().match
  return (
    <dl class="skills">
      {matched.length > 0 && (
        <div>
          <dt>{words.matched}</dt>
          {matched.map(({ query, candidate, evidence }) => (
            <dd key={query} class="skill has">
              {query}
              {evidence === 'text' && <small> {words.fromText}</small>}
              {evidence !== 'text' && candidate !== query && <small> {candidate}</small>}
            </dd>
          ))}
        </div>
      )}
      <div>
        <dt>{words.missing}</dt>
        {missing.map((skill) => (
          <dd key={skill} class="skill lacks">
            {skill}
          </dd>
        ))}
        {missing.length === 0 && <dd class="none">{words.noneMissing}</dd>}
      </div>
    </dl>
  )
}

function EvidenceList({ evidence }: { readonly evidence: readonly Evidence[] }) {
  const words = useWords().match
  return (
    <div class="evidence">
      <h4>{words.evidence}</h4>
      <ol>
        {evidence.map(({ query, candidate, score }, index) => (
          <li key={`${query.path}${query.start}`}>
            <mark data-mark={index + 1}>{candidate.text.trim()}</mark>
            <span class="pair">
              {words.evidencePair(query.text.trim())} · {words.likeness(score.toFixed(2))}
            </span>
          </li>
        ))}
      </ol>
    </div>
  )
}

interface FieldTextParts {
  readonly name: string
  readonly value: unknown
  readonly result: MatchResult
}

function FieldText({ name, value, result }: FieldTextParts) {
  const words = useWords().match
  const leaves = leavesOf(value, name)
  return (
    <div>
      <dt>{words.fieldNames[name] ?? name}</dt>
      <dd class={leaves.length > 1 ? 'leaves' : ''}>
        {leaves.map(([path, text]) => (
          <span key={path}>
            <Marked text={text} passages={passagesAt(result, path)} />
          </span>
        ))}
      </dd>
    </div>
  )
}

function Marked({ text, passages }: { readonly text: string; readonly passages: readonly Passage[] }) {
  return (
    <>
      {segmentsOf(text, passages).map(({ text: piece, mark }, index) =>
        mark === undefined ? (
          piece
        ) : (
          <mark key={index} data-mark={mark}>
            {piece}
          </mark>
        ),
      )}
    </>
  )
}
