import { DropZone } from '../frame/drop-zone.tsx'
import { FieldError } from '../frame/field.tsx'
import { useWords } from '../frame/language.tsx'
import { BatchList, useBatches } from './batch-list.tsx'
import { useFile } from './file.tsx'
import { Preview } from './preview.tsx'

/** A whole file at once: looked at before it runs, and run by the server while nobody waits. */
export function BatchTab() {
  const words = useWords()
  const batches = useBatches()
  const file = useFile(batches.refresh)
  return (
    <>
      <div class="intro">
        <h1>{words.batch.title}</h1>
        <p>{words.batch.lead}</p>
      </div>
      <DropZone id="batch-file" label={words.batch.dropHere} onFiles={file.upload}>
        {(choose) => (
          <div class="drop-target">
            <button type="button" class="primary" onClick={choose} disabled={file.doing !== ''}>
              {words.batch.choose}
            </button>
            <p class="hint">{words.batch.drop}</p>
          </div>
        )}
      </DropZone>
      <div aria-live="polite">
        {file.doing && <p class="note">{file.doing}</p>}
        {file.note && <p class="note">{file.note}</p>}
        {file.problems.file && <FieldError id="batch-file-error" sentence={file.problems.file} />}
        {file.preview && <Preview {...file} preview={file.preview} />}
      </div>
      <BatchList {...batches} />
    </>
  )
}
