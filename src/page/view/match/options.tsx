import type { Condition } from '../../match-request.ts'
import { FieldError } from '../frame/field.tsx'
import { useWords } from '../frame/language.tsx'
import { ModelSelect } from '../frame/model-list.tsx'
import { droppedOf, type MatchState } from './form.tsx'

const KINDS: readonly Condition['kind'][] = ['min', 'max', 'equals', 'hasAll']

interface OptionsParts {
  readonly form: MatchState
  readonly problems: { readonly conditions?: string; readonly model?: string; readonly second?: string }
}

/** Models, conditions and what is blinded: all of it may be left as it is. */
export function MatchOptions({ form, problems }: OptionsParts) {
  const words = useWords()
  const dropped = droppedOf(form)
  const isOpen = Boolean(problems.conditions || problems.model || form.conditions.length > 0 || form.second)
  return (
    <details class="options" open={isOpen}>
      <summary>{words.match.options}</summary>
      <div class="options-grid">
        <ModelSelect
          id="match-model"
          label={words.model}
          none={words.standardModel}
          value={form.model}
          onChoose={form.setModel}
          error={problems.model}
        />
        <ModelSelect
          id="match-second"
          label={words.match.compare}
          none={words.match.noSecond}
          value={form.second}
          onChoose={form.setSecond}
          error={problems.second}
        />
        <div class="field">
          <label class="check">
            <input
              type="checkbox"
              checked={form.redact}
              onChange={(event) => form.setRedact(event.currentTarget.checked)}
            />
            {words.match.redact}
          </label>
          <p class="hint">{words.match.redactHint}</p>
          {dropped.length > 0 && <p class="note">{words.match.dropped(dropped.join(', '))}</p>}
        </div>
        <Conditions form={form} problem={problems.conditions} />
      </div>
    </details>
  )
}

function Conditions({ form, problem }: { readonly form: MatchState; readonly problem?: string | undefined }) {
  const words = useWords().match
  const { conditions, setConditions } = form
  const change = (at: number, part: Partial<Condition>) =>
    setConditions(
      conditions.map((condition, index) => (index === at ? { ...condition, ...part } : condition)),
    )
  const add = () => {
    const field = form.read.fields.find((name) => !['id', 'text', 'title'].includes(name)) ?? ''
    setConditions([...conditions, { field, kind: field === 'skills' ? 'hasAll' : 'min', value: '' }])
  }
  return (
    <fieldset class="conditions">
      <legend>{words.mustHave}</legend>
      {conditions.map((condition, index) => (
        <ConditionRow
          key={index}
          condition={condition}
          fields={form.read.fields}
          change={(part) => change(index, part)}
          remove={() => setConditions(conditions.filter((_, other) => other !== index))}
        />
      ))}
      {problem && <FieldError id="conditions-error" sentence={problem} />}
      <p class="hint">{words.mustHaveHint}</p>
      <button type="button" onClick={add}>
        {words.addCondition}
      </button>
    </fieldset>
  )
}

interface ConditionParts {
  readonly condition: Condition
  readonly fields: readonly string[]
  readonly change: (part: Partial<Condition>) => void
  readonly remove: () => void
}

function ConditionRow({ condition, fields, change, remove }: ConditionParts) {
  const words = useWords().match
  const known = fields.includes(condition.field) ? fields : [condition.field, ...fields]
  return (
    <div class="condition">
      <select
        aria-label={words.field}
        value={condition.field}
        onChange={(event) => change({ field: event.currentTarget.value })}
      >
        {known.map((field) => (
          <option key={field} value={field}>
            {field}
          </option>
        ))}
      </select>
      <select
        aria-label={words.condition}
        value={condition.kind}
        onChange={(event) => change({ kind: event.currentTarget.value as Condition['kind'] })}
      >
        {KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {words.conditions[kind]}
          </option>
        ))}
      </select>
      <input
        type="text"
        aria-label={words.value}
        value={condition.value}
        onInput={(event) => change({ value: event.currentTarget.value })}
      />
      <button
        type="button"
        class="quiet"
        aria-label={words.removeCondition(condition.field)}
        onClick={remove}
      >
        ×
      </button>
    </div>
  )
}
