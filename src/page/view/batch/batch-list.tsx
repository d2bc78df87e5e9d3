import { useContext, useEffect, useRef, useState } from 'preact/hooks'
import { type Batch, hasEnded } from '../../batch-shapes.ts'
import { ApiFailure, call, callJson, postJson } from '../frame/client.tsx'
import { FieldError } from '../frame/field.tsx'
import { LanguageContext, useWords } from '../frame/language.tsx'

const POLL_MS = 1000

/** The batches of the server, looked at again each second while one of them runs. */
export function useBatches() {
  const words = useWords()
  const [batches, setBatches] = useState<readonly Batch[]>([])
  const [problem, setProblem] = useState<string>()
  const timer = useRef<number>(0)
  const read = async () => {
    clearTimeout(timer.current)
    try {
      const { data } = await callJson<{ data: readonly Batch[] }>('v1/batches?limit=20')
      setBatches(data)
      setProblem(undefined)
      if (data.some((batch) => !hasEnded(batch))) timer.current = window.setTimeout(read, POLL_MS)
    } catch (cause) {
      if (!(cause instanceof ApiFailure)) throw cause
      setProblem(cause.status === 404 ? words.batch.absent : cause.message || words.unreachable)
    }
  }
  useEffect(() => {
    void read()
    return () => clearTimeout(timer.current)
  }, [])
  return { batches, problem, refresh: () => void read() }
}

/** All batches, the newest first. */
export function BatchList({ batches, problem, refresh }: ReturnType<typeof useBatches>) {
  const words = useWords().batch
  return (
    <section class="batches" aria-labelledby="batches-title">
      <h2 id="batches-title">{words.list}</h2>
      {problem && <FieldError id="batches-error" sentence={problem} />}
      {!problem && batches.length === 0 && <p class="note">{words.none}</p>}
      <ul class="cards">
        {batches.map((batch) => (
          <BatchCard key={batch.id} batch={batch} refresh={refresh} />
        ))}
      </ul>
    </section>
  )
}

interface BatchCardParts {
  readonly batch: Batch
  readonly refresh: () => void
}

function BatchCard({ batch, refresh }: BatchCardParts) {
  const words = useWords().batch
  const language = useContext(LanguageContext)
  const { id, status, request_counts: counts, metadata, model, created_at } = batch
  const waiting = batch.serverless_embeddings?.waiting ?? 0
  const done = counts.completed + counts.failed
  return (
    <li class="card batch" data-status={status}>
      <div class="card-head">
        <div class="card-title">
          <h3>{metadata?.filename ?? id}</h3>
          <p class="id">
            {new Date(created_at * 1000).toLocaleString(language)}
            {model && ` · ${model}`}
          </p>
        </div>
        <strong class="status">{words.status[status] ?? status}</strong>
      </div>
      {counts.total > 0 && (
        <p class="batch-progress">
          <progress max={counts.total} value={done} aria-label={words.progress(done, counts.total)} />
          <span>{words.progress(done, counts.total)}</span>
          {counts.failed > 0 && <span class="error"> · {words.failedRows(counts.failed)}</span>}
        </p>
      )}
      {waiting > 0 && <p class="note">{words.waiting(waiting)}</p>}
      <Reasons batch={batch} />
      <BatchActions batch={batch} refresh={refresh} />
    </li>
  )
}

function Reasons({ batch: { errors, serverless_embeddings: ours } }: { readonly batch: Batch }) {
  const words = useWords().batch
  const reasons = ours?.reasons ?? []
  const failed = errors?.data ?? []
  if (reasons.length + failed.length === 0) return null
  return (
    <ul class="warn">
      {failed.map(({ message }) => (
        <li key={message} lang="en">
          {message}
        </li>
      ))}
      {reasons.map(({ message, count, line }) => (
        <li key={message}>
          <span lang="en">{message}</span> ({words.reasons(count, line)})
        </li>
      ))}
    </ul>
  )
}

function BatchActions({ batch, refresh }: BatchCardParts) {
  const words = useWords()
  const [problem, setProblem] = useState<string>()
  const attempt = (work: () => Promise<unknown>) => async () => {
    setProblem(undefined)
    try {
      await work()
      refresh()
    } catch (cause) {
      if (!(cause instanceof ApiFailure)) throw cause
      setProblem(cause.message || words.unreachable)
    }
  }
  const { id, output_file_id: output, error_file_id: errors, metadata } = batch
  const name = (metadata?.filename ?? id).replace(/\.[^.]+$/, '')
  return (
    <div class="actions">
      {!hasEnded(batch) && (
        <button type="button" onClick={attempt(() => postJson(`v1/batches/${id}/cancel`, {}))}>
          {words.batch.cancel}
        </button>
      )}
      {output && (
        <button type="button" onClick={attempt(() => download(output, `${name}.vectors.jsonl`))}>
          {words.batch.download}
        </button>
      )}
      {errors && (
        <button type="button" onClick={attempt(() => download(errors, `${name}.errors.jsonl`))}>
          {words.batch.downloadErrors}
        </button>
      )}
      {problem && <FieldError id={`${id}-error`} sentence={problem} />}
    </div>
  )
}

/** Saves a file of the server. A link could not carry the token, so the page fetches it and hands it on. */
async function download(fileId: string, name: string): Promise<void> {
  const response = await call(`v1/files/${fileId}/content`)
  const address = URL.createObjectURL(await response.blob())
  Object.assign(document.createElement('a'), { href: address, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
