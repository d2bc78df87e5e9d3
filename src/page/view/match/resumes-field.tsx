import { useState } from 'preact/hooks'
import { decideCharset } from '../../../formats/charset.ts'
import { partByText } from '../../match-request.ts'
import { readResumes } from '../../read-resumes.ts'
import { joinResumeFiles, TEXT_SPLITS, type TextSplit } from '../../split-texts.ts'
import { DropZone } from '../frame/drop-zone.tsx'
import { describedBy, Field } from '../frame/field.tsx'
import { useWords } from '../frame/language.tsx'
import { isRefused } from '../frame/stored.tsx'
import type { MatchState } from './form.tsx'

/** More is work for the batch tab: it is sent in one request, and kept in the tab. */
const MOST_BYTES = 4_000_000

/** The resumes, pasted or dropped, and how they were understood. */
export function ResumesField({
  form,
  problem,
}: {
  readonly form: MatchState
  readonly problem?: string | undefined
}) {
  const words = useWords()
  const { file, forget, read } = useFiles(form)
  const wrong = problem ?? file.problem
  return (
    <div class="stack">
      <DropZone id="resumes-file" label={words.match.dropHere} onFiles={read} multiple>
        {(choose) => (
          <Field
            id="resumes"
            label={words.match.resumes}
            hint={words.match.resumesHint}
            error={wrong}
            aside={
              <button type="button" class="quiet" onClick={choose}>
                {words.match.chooseFile}
              </button>
            }
          >
            <textarea
              {...describedBy('resumes', true, wrong)}
              rows={11}
              value={form.resumes}
              onInput={(event) => {
                forget()
                form.setResumes(event.currentTarget.value)
              }}
            />
          </Field>
        )}
      </DropZone>
      {file.note && <p class="note">{file.note}</p>}
      {isRefused('match.resumes') && <p class="note">{words.notKept}</p>}
      <Understood form={form} />
    </div>
  )
}

/** Reads dropped files into the form: one of any kind, or several of plain text, each of which is a resume. */
function useFiles(form: MatchState) {
  const words = useWords()
  const [file, setFile] = useState<{ note?: string; problem?: string }>({})
  const read = async (dropped: readonly File[]) => {
    const texts: string[] = []
    const notes: string[] = []
    let bytesLeft = MOST_BYTES
    for (const each of dropped) {
      bytesLeft -= each.size
      if (bytesLeft < 0) return setFile({ problem: words.match.tooLarge(each.name) })
      const bytes = new Uint8Array(await each.arrayBuffer())
      try {
        const charset = decideCharset({ bytes, whole: true, skipped: { bytes: 0, lines: 0 } }, undefined)
        const text = new TextDecoder(charset).decode(bytes)
        const { kind } = readResumes(text)
        if (dropped.length > 1 && (kind === 'csv' || kind === 'json'))
          return setFile({ problem: words.match.dropAlone(each.name) })
        texts.push(text)
        notes.push(words.match.readFrom(each.name, charset.toUpperCase()))
      } catch (cause) {
        return setFile({ problem: words.match.notText(each.name, (cause as Error).message) })
      }
    }
    form.setSplit(texts.length > 1 ? 'rule' : '')
    form.setResumes(texts.length > 1 ? joinResumeFiles(texts) : texts.join(''))
    setFile({ note: notes.join(' ') })
  }
  return { file, forget: () => setFile({}), read }
}

/** More are counted only. */
const MOST_PLACES = 10

function placesOf(places: readonly number[]): string {
  return places.slice(0, MOST_PLACES).join(', ') + (places.length > MOST_PLACES ? ' …' : '')
}

/** What was guessed is said, and can be put right. */
function Understood({ form }: { readonly form: MatchState }) {
  const words = useWords().match
  const { kind, documents, delimiter, split, renamed, problems } = form.read
  const { without } = partByText({ documents, redact: form.redact })
  if (kind === 'none') return <p class="note">{words.noneRead}</p>
  const name = delimiter
    ? words.withDelimiter(words.kinds[kind], words.delimiter[delimiter] ?? delimiter)
    : words.kinds[kind]
  return (
    <div class="understood">
      <p class="note" aria-live="polite">
        <strong>{words.read(documents.length)}</strong> · {name}
        {renamed.map(([from, to]) => (
          <span key={to}> · {words.renamed(from, to)}</span>
        ))}
      </p>
      {split && (
        <label class="inline">
          {words.split}
          <select value={split} onChange={(event) => form.setSplit(event.currentTarget.value as TextSplit)}>
            {TEXT_SPLITS.map((each) => (
              <option key={each} value={each}>
                {words.splits[each]}
              </option>
            ))}
          </select>
        </label>
      )}
      {without.length > 0 && <p class="note">{words.withoutText(without.length, placesOf(without))}</p>}
      {problems.length > 0 && (
        <details class="warn">
          <summary>{words.unread(problems.length)}</summary>
          <ul>
            {problems.slice(0, 20).map(({ line, message }) => (
              <li key={`${line}${message}`}>
                {line !== undefined && `${words.line(line)}: `}
                <span lang="en">{message}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  )
}
