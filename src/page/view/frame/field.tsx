import type { ComponentChildren } from 'preact'

/** What stands around an input: its label, what helps to fill it in, and what is wrong with it. */
interface FieldParts {
  readonly id: string
  readonly label: string
  readonly hint?: string | undefined
  /** The sentence of the API, or of the page, that is shown beside the field. */
  readonly error?: string | undefined
  /** Behind the label, small: "optional", or a button. */
  readonly aside?: ComponentChildren
  readonly children: ComponentChildren
}

/** An input with its label above, its hint below and its error where both eyes and screen readers find it. */
export function Field({ id, label, hint, error, aside, children }: FieldParts) {
  return (
    <div class={error ? 'field field-wrong' : 'field'}>
      <div class="field-head">
        <label for={id}>{label}</label>
        {aside}
      </div>
      {children}
      {error && <FieldError id={`${id}-error`} sentence={error} />}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

/** What an input needs to be described by its hint and its error. */
export function describedBy(id: string, hint?: unknown, error?: unknown) {
  const ids = [error ? `${id}-error` : '', hint ? `${id}-hint` : ''].filter((part) => part !== '')
  return {
    id,
    ...(ids.length > 0 && { 'aria-describedby': ids.join(' ') }),
    ...(error ? { 'aria-invalid': 'true' as const } : {}),
  }
}

/** A sentence about what is wrong, read out when it appears. Sentences of the API are English in every language. */
export function FieldError({ id, sentence }: { readonly id: string; readonly sentence: string }) {
  const isLatin = !/\p{Script=Han}/u.test(sentence.slice(0, 20))
  return (
    <p class="error" id={id} role="alert" {...(isLatin && { lang: 'en' })}>
      {sentence}
    </p>
  )
}
