import { useEffect, useRef, useState } from 'preact/hooks'
import { onTokenNeeded, setTokenOfTab, tokenOfTab } from './client.tsx'
import { describedBy, Field } from './field.tsx'
import { useWords } from './language.tsx'

type Answer = (tryAgain: boolean) => void

/** Asks for the server's token when a request was refused; the request is then sent again. */
export function TokenDialog({ onChange }: { readonly onChange: () => void }) {
  const words = useWords().token
  const dialog = useRef<HTMLDialogElement>(null)
  const waiting = useRef<Answer[]>([])
  const [problem, setProblem] = useState<string>()
  const [token, setToken] = useState('')
  useEffect(() => {
    onTokenNeeded((wrong) => {
      setProblem(wrong ? words.wrong : undefined)
      if (!dialog.current?.open) dialog.current?.showModal()
      return new Promise((resolve) => waiting.current.push(resolve))
    })
  }, [words])
  const end = (tryAgain: boolean) => {
    dialog.current?.close()
    for (const answer of waiting.current.splice(0)) answer(tryAgain)
    onChange()
  }
  const use = (event: Event) => {
    event.preventDefault()
    if (token.trim() === '') return setProblem(words.empty)
    setTokenOfTab(token.trim())
    setToken('')
    end(true)
  }
  return (
    <dialog ref={dialog} aria-labelledby="token-title" onCancel={() => end(false)}>
      <form onSubmit={use}>
        <h2 id="token-title">{words.title}</h2>
        <Field id="token" label={words.label} hint={words.hint} error={problem}>
          <input
            {...describedBy('token', true, problem)}
            type="password"
            autocomplete="off"
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </Field>
        <div class="actions">
          <button type="submit" class="primary">
            {words.use}
          </button>
          <button type="button" onClick={() => end(false)}>
            {words.cancel}
          </button>
        </div>
      </form>
    </dialog>
  )
}

/** Forgets the token of this tab; shown only while there is one. */
export function ForgetToken({ onChange }: { readonly onChange: () => void }) {
  const words = useWords().token
  if (tokenOfTab() === null) return null
  const forget = () => {
    setTokenOfTab(null)
    onChange()
  }
  return (
    <button type="button" class="quiet" onClick={forget}>
      {words.forget}
    </button>
  )
}
