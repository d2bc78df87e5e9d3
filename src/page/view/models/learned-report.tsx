import { useState } from 'preact/hooks'
import type { LearnedEntry } from '../../model-entry.ts'
import { type ReportWords, readReportWords } from '../../report-shape.ts'
import { ApiFailure, call, callJson } from '../frame/client.tsx'
import { FieldError } from '../frame/field.tsx'
import { useWords } from '../frame/language.tsx'
import { Scroll } from '../frame/scroll.tsx'

interface ReportParts {
  readonly id: string
  readonly learned: LearnedEntry
}

/** Where a learned model comes from, and its report once somebody opens it. */
export function LearnedReport({ id, learned }: ReportParts) {
  const words = useWords().modelsTab
  const { side, base, date, data, forced } = learned
  const { pairs } = data.counts
  return (
    <div class="learned">
      <p>
        {words.learnedFrom(base, date)} · {words.sides[side] ?? side}
        {pairs !== undefined && ` · ${words.pairsCount(String(pairs))}`}
      </p>
      {forced && (
        <p>
          <strong class="forced">{words.forced}</strong>
        </p>
      )}
      {learned.report && <Report id={id} />}
    </div>
  )
}

/** A report that was read. */
interface OpenReport extends ReportWords {
  /** The picture as an address that needs no token. */
  readonly picture: string
  readonly text: string
}

function Report({ id }: { readonly id: string }) {
  const words = useWords()
  const [report, setReport] = useState<OpenReport>()
  const [problem, setProblem] = useState<string>()
  const read = async () => {
    if (report) return
    try {
      const address = `models/${encodeURIComponent(id)}/report`
      const [json, picture] = await Promise.all([
        callJson<unknown>(address),
        call(`${address}.svg`).then((response) => response.text()),
      ])
      // As a picture in an <img> nothing of it can run.
      const data = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(picture)}`
      setReport({ ...readReportWords(json), picture: data, text: JSON.stringify(json, null, 2) })
      setProblem(undefined)
    } catch (cause) {
      setProblem(cause instanceof ApiFailure && cause.message ? cause.message : words.unreachable)
    }
  }
  return (
    <details onToggle={(event) => event.currentTarget.open && void read()}>
      <summary>{words.modelsTab.report}</summary>
      {problem && <FieldError id={`report-${id}-error`} sentence={problem} />}
      {report && <OpenedReport id={id} report={report} />}
    </details>
  )
}

function OpenedReport({ id, report }: { readonly id: string; readonly report: OpenReport }) {
  const words = useWords().modelsTab
  return (
    <>
      {report.ships !== undefined && <p>{words.decisions[String(report.ships)]}</p>}
      {report.reasons.length > 0 && (
        <ul lang="en">
          {report.reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      <img class="report-picture" src={report.picture} alt={words.reportPicture(id)} />
      <details>
        <summary>{words.reportWhole}</summary>
        <Scroll label={words.reportWhole}>
          <pre>{report.text}</pre>
        </Scroll>
      </details>
    </>
  )
}
