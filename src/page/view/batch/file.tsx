import { useState } from 'preact/hooks'
import {
  type BatchChoices,
  batchSettings,
  choiceOf,
  type FilePreview,
  NO_CHOICES,
} from '../../batch-shapes.ts'
import { ApiFailure, callJson, postJson } from '../frame/client.tsx'
import { useWords } from '../frame/language.tsx'
import { useStored } from '../frame/stored.tsx'

/** What is wrong, by the choice that it is about. */
export type Problems = Partial<Record<keyof BatchChoices | 'file', string>>

/** A file on the server, what it was understood as, and what is chosen for it; it stays over a reload. */
export function useFile(onStarted: () => void) {
  const words = useWords()
  const [preview, setPreview] = useStored<FilePreview | null>('batch.preview', null)
  const [choices, setChoices] = useStored<BatchChoices>('batch.choices', NO_CHOICES)
  const { problems, setProblems, doing, attempt } = useAttempt()
  const look = async (id: string, chosen: BatchChoices) => {
    const body = { endpoint: '/v1/embeddings', serverless_embeddings: batchSettings(chosen) }
    const seen = await postJson<FilePreview>(`v1/files/${id}/preview`, body)
    setPreview(seen)
    if (seen.problem) setProblems({ [choiceOf(seen.problem.param)]: seen.problem.message })
  }
  const [note, setNote] = useState('')
  const upload = ([dropped, ...others]: readonly [File, ...File[]]) => {
    setNote(others.length > 0 ? words.batch.oneByOne(dropped.name, others.length) : '')
    return attempt(words.batch.uploading(dropped.name), async () => {
      const body = new FormData()
      body.set('purpose', 'batch')
      body.set('file', dropped)
      setChoices(NO_CHOICES)
      const { id } = await callJson<{ id: string }>('v1/files', { method: 'POST', body })
      await look(id, NO_CHOICES)
    })
  }
  const choose = (part: Partial<BatchChoices>) => {
    const chosen = { ...choices, ...part }
    setChoices(chosen)
    if (preview) void attempt(words.batch.looking, () => look(preview.file_id, chosen))
  }
  const run = () =>
    attempt(words.working, async () => {
      await postJson('v1/batches', {
        input_file_id: preview!.file_id,
        endpoint: '/v1/embeddings',
        completion_window: '24h',
        metadata: { filename: preview!.filename.slice(0, 500) },
        serverless_embeddings: batchSettings(choices),
      })
      setPreview(null)
      setChoices(NO_CHOICES)
      onStarted()
    })
  return {
    preview,
    choices,
    problems,
    doing,
    note,
    upload: (dropped: readonly [File, ...File[]]) => void upload(dropped),
    choose,
    run: () => void run(),
  }
}

/** One thing after the other: what is being done, and the API's sentence where it failed. */
function useAttempt() {
  const words = useWords()
  const [problems, setProblems] = useState<Problems>({})
  const [doing, setDoing] = useState('')
  const attempt = async (said: string, work: () => Promise<void>) => {
    setDoing(said)
    setProblems({})
    try {
      await work()
    } catch (cause) {
      if (!(cause instanceof ApiFailure)) throw cause
      const absent = cause.status === 404 && cause.field === undefined ? `${words.batch.absent} ` : ''
      setProblems({ [choiceOf(cause.field)]: absent + (cause.message || words.unreachable) })
    } finally {
      setDoing('')
    }
  }
  return { problems, setProblems, doing, attempt }
}
