import { useEffect, useRef, useState } from 'preact/hooks'
import type { ChatTurn } from '../../chat-stream.ts'
import type { GeneratorEntry } from '../../model-entry.ts'
import { describedBy, Field, FieldError } from '../frame/field.tsx'
import { useWords } from '../frame/language.tsx'
import { readGenerators } from '../frame/model-list.tsx'
import { useStored } from '../frame/stored.tsx'
import { useChat } from './use-chat.ts'

/** Models whose reason is told when none is ready. */
const MOST_REASONS = 4

/** A conversation with one of the server's language models. */
export function ChatTab() {
  const words = useWords().chat
  const generators = useGenerators()
  const chatting = generators?.filter(({ tasks }) => tasks.includes('chat'))
  const ready = chatting?.filter(({ problem }) => problem === null)
  return (
    <>
      <div class="intro">
        <h1>{words.title}</h1>
        <p>{words.lead}</p>
      </div>
      {ready && ready.length > 0 && <Conversation models={ready} />}
      {chatting && ready?.length === 0 && <NoneReady models={chatting} />}
    </>
  )
}

function useGenerators() {
  const [generators, setGenerators] = useState<readonly GeneratorEntry[]>()
  useEffect(() => {
    readGenerators().then(setGenerators, () => setGenerators([]))
  }, [])
  return generators
}

function NoneReady({ models }: { readonly models: readonly GeneratorEntry[] }) {
  const words = useWords().chat
  return (
    <div class="stack">
      <p class="warn" role="status">
        {words.noneReady}
      </p>
      <ul class="note">
        {models.slice(0, MOST_REASONS).map(({ id, problem }) => (
          <li key={id} lang="en">
            <strong>{id}</strong>: {problem}
          </li>
        ))}
      </ul>
    </div>
  )
}

function Conversation({ models }: { readonly models: readonly GeneratorEntry[] }) {
  const words = useWords()
  const chat = useChat()
  const [model, setModel] = useStored('chat.model', models[0]!.id)
  const [question, setQuestion] = useStored('chat.question', '')
  const [missing, setMissing] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  const chosen = models.find(({ id }) => id === model) ?? models[0]!
  const send = async () => {
    const text = question.trim()
    setMissing(text === '')
    if (text === '' || chat.working) return
    setQuestion('')
    // What was not answered need not be typed again.
    if (!(await chat.send(chosen.id, text))) setQuestion(text)
  }
  // A button that is switched off by its own press would leave the keyboard nowhere.
  const andWriteOn = (act: () => void) => () => {
    act()
    field.current?.focus()
  }
  const submit = (event: Event) => {
    event.preventDefault()
    void send()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter also ends the choice of a Chinese character, which is no end of the message.
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) submit(event)
  }
  return (
    <form onSubmit={submit} noValidate>
      <ModelChooser models={models} chosen={chosen} choose={setModel} />
      <Turns turns={chat.turns} />
      <p class="note" role="status">
        {chat.working ? words.working : chat.end && words.chat.ends[chat.end]}
      </p>
      <Field
        id="chat-question"
        label={words.chat.question}
        hint={words.chat.questionHint}
        error={missing ? words.chat.need : undefined}
      >
        <textarea
          {...describedBy('chat-question', true, missing)}
          ref={field}
          rows={3}
          value={question}
          onInput={(event) => setQuestion(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
      </Field>
      <Actions chat={chat} andWriteOn={andWriteOn} />
    </form>
  )
}

interface ActionParts {
  readonly chat: ReturnType<typeof useChat>
  /** Lets the keyboard go on in the field of the question. */
  readonly andWriteOn: (act: () => void) => () => void
}

function Actions({ chat, andWriteOn }: ActionParts) {
  const words = useWords()
  return (
    <div class="actions">
      <button type="submit" class="primary" disabled={chat.working}>
        {words.chat.send}
      </button>
      <button type="button" disabled={!chat.working} onClick={andWriteOn(chat.stop)}>
        {words.chat.stop}
      </button>
      <button
        type="button"
        disabled={chat.working || chat.turns.length === 0}
        onClick={andWriteOn(chat.clear)}
      >
        {words.chat.clear}
      </button>
      {chat.problem && <FieldError id="chat-form-error" sentence={chat.problem} />}
    </div>
  )
}

interface ChooserParts {
  readonly models: readonly GeneratorEntry[]
  readonly chosen: GeneratorEntry
  readonly choose: (id: string) => void
}

function ModelChooser({ models, chosen, choose }: ChooserParts) {
  const words = useWords()
  const place = words.chat.places[chosen.runtime === 'remote' ? 'away' : 'here']
  return (
    <Field id="chat-model" label={words.model} hint={place}>
      <select
        {...describedBy('chat-model', true)}
        value={chosen.id}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        {models.map(({ id, languages }) => (
          <option key={id} value={id}>
            {id} · {languages.join(', ')}
          </option>
        ))}
      </select>
    </Field>
  )
}

function Turns({ turns }: { readonly turns: readonly ChatTurn[] }) {
  const words = useWords().chat
  return (
    <div role="log" aria-label={words.log}>
      <ol class="chat">
        {turns.map(({ role, content }, place) => (
          <li key={place} class={`chat-${role}`}>
            <strong>{words.roles[role]}</strong>
            <p>{content}</p>
          </li>
        ))}
      </ol>
    </div>
  )
}
