import type { BatchChoices, FilePreview } from '../../batch-shapes.ts'
import { describeBytes } from '../../model-entry.ts'
import { describedBy, Field } from '../frame/field.tsx'
import { useWords } from '../frame/language.tsx'
import { ModelSelect } from '../frame/model-list.tsx'
import { Scroll } from '../frame/scroll.tsx'
import { Sentences } from '../match/ranking.tsx'
import type { Problems } from './file.tsx'

const CHARSETS = ['utf-8', 'gb18030', 'big5', 'utf-16le', 'windows-1252', 'shift_jis', 'euc-kr']
const DELIMITERS = [',', ';', '\t', '|']
/** More are a matter for a spreadsheet. */
const MOST_ROWS = 8

interface PreviewParts {
  readonly preview: FilePreview
  readonly choices: BatchChoices
  readonly problems: Problems
  /** What is being done at this moment; empty when nothing is. */
  readonly doing: string
  readonly choose: (part: Partial<BatchChoices>) => void
  readonly run: () => void
}

/** How the server understands a file, to be put right before anything runs. */
export function Preview(parts: PreviewParts) {
  const words = useWords()
  const { preview, doing, run } = parts
  const { filename, bytes, format, compression, rows_seen, whole, warnings } = preview
  const isEmpty = whole && rows_seen === 0 && preview.problem === null
  return (
    <section class="preview" aria-labelledby="preview-title">
      <h2 id="preview-title">{words.batch.understood}</h2>
      <p class="note">
        <strong>{filename}</strong> · {describeBytes(bytes)}
        {format && ` · ${format}`}
        {compression && compression !== 'none' && ` · ${words.batch.packed}: ${compression}`}
        {rows_seen > 0 && ` · ${words.batch.rows(rows_seen, whole)}`}
      </p>
      {isEmpty && <p class="note">{words.batch.noRows}</p>}
      <Choices {...parts} />
      {warnings.length > 0 && <Sentences title={words.match.warnings} sentences={warnings} />}
      <FirstRows preview={preview} />
      <div class="actions">
        <button
          type="button"
          class="primary"
          disabled={doing !== '' || preview.problem !== null || isEmpty}
          onClick={run}
        >
          {words.batch.run}
        </button>
      </div>
    </section>
  )
}

function Choices({ preview, choices, problems, choose }: PreviewParts) {
  const words = useWords()
  const isTable = preview.format === 'csv' || preview.format === 'tsv'
  return (
    <div class="options-grid">
      <Choice
        name="charset"
        label={words.batch.charset}
        found={preview.charset}
        options={CHARSETS}
        {...{ choices, problems, choose }}
      />
      {(isTable || problems.delimiter) && (
        <Choice
          name="delimiter"
          label={words.batch.delimiter}
          found={preview.delimiter}
          options={DELIMITERS}
          nameOf={(value) => words.match.delimiter[value] ?? value}
          {...{ choices, problems, choose }}
        />
      )}
      <Choice
        name="textColumn"
        label={words.batch.textColumn}
        found={preview.text_column}
        options={preview.columns}
        {...{ choices, problems, choose }}
      />
      <ModelSelect
        id="batch-model"
        label={words.batch.model}
        none={words.standardModel}
        value={choices.model}
        onChoose={(model) => choose({ model })}
        error={problems.model}
      />
    </div>
  )
}

interface ChoiceParts extends Pick<PreviewParts, 'choices' | 'problems' | 'choose'> {
  readonly name: keyof BatchChoices
  readonly label: string
  /** What the server found out. */
  readonly found: string | null
  readonly options: readonly string[]
  readonly nameOf?: (value: string) => string
}

function Choice({
  name,
  label,
  found,
  options,
  nameOf = (value) => value,
  choices,
  problems,
  choose,
}: ChoiceParts) {
  const words = useWords().batch
  const id = `batch-${name}`
  const guess = found === null ? words.guess : `${nameOf(found)} (${words.guess})`
  return (
    <Field id={id} label={label} error={problems[name]}>
      <select
        {...describedBy(id, false, problems[name])}
        value={choices[name]}
        onChange={(event) => choose({ [name]: event.currentTarget.value })}
      >
        <option value="">{guess}</option>
        {options.map((option) => (
          <option key={option} value={option}>
            {nameOf(option)}
          </option>
        ))}
      </select>
    </Field>
  )
}

function FirstRows({ preview: { columns, first_rows, text_column } }: { readonly preview: FilePreview }) {
  const words = useWords().batch
  if (first_rows.length === 0) return null
  return (
    <>
      <h3>{words.firstRows}</h3>
      <Scroll label={words.firstRows}>
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">{words.line}</th>
              {columns.map((column) => (
                <th key={column} scope="col" class={column === text_column ? 'text-column' : ''}>
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {first_rows.slice(0, MOST_ROWS).map(({ line, fields, problem }) => (
              <tr key={line}>
                <td>{line}</td>
                {fields ? (
                  columns.map((column) => (
                    <td key={column} class={column === text_column ? 'text-column' : ''}>
                      {cellText(fields[column])}
                    </td>
                  ))
                ) : (
                  <td colSpan={Math.max(1, columns.length)} class="error">
                    {words.unreadable}: <span lang="en">{problem}</span>
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  )
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
