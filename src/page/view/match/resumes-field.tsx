import { useState } from 'preact/hooks'
import { decideCharset } from '../../../formats/charset.ts'
import { TEXT_SPLITS, type TextSplit } from '../../split-texts.ts'
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
  const [file, setFile] = useState<{ note?: string; problem?: string }>({})
  const wrong = problem ?? file.problem
  const read = async (dropped: File) => {
    if (dropped.size > MOST_BYTES) return setFile({ problem: words.match.tooLarge(dropped.name) })
    const bytes = new Uint8Array(await dropped.arrayBuffer())
    try {
      const charset = decideCharset({ bytes, whole: true, skipped: { bytes: 0, lines: 0 } }, undefined)
      form.setSplit('')
      form.setResumes(new TextDecoder(charset).decode(bytes))
      setFile({ note: words.match.readFrom(dropped.name, charset.toUpperCase()) })
    } catch (cause) {
      setFile({ problem: words.match.notText(dropped.name, (cause as Error).message) })
    }
  }
  return (
    <div class="stack">
      <DropZone id="resumes-file" label={words.match.dropHere} onFile={read}>
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
                setFile({})
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

/** What was guessed is said, and can be put right. */
function Understood({ form }: { readonly form: MatchState }) {
  const words = useWords().match
  const { kind, documents, delimiter, split, renamed, problems } = form.read
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
