import { useState } from 'preact/hooks'
import { codeSamples } from '../../code-samples.ts'
import { tokenOfTab } from '../frame/client.tsx'
import { useWords } from '../frame/language.tsx'
import { useStored } from '../frame/stored.tsx'

/** The same request as programs, each to be copied. */
export function CodeSamples({ texts, model }: { readonly texts: readonly string[]; readonly model: string }) {
  const words = useWords()
  const [chosen, choose] = useStored('embed.code', 'curl')
  const base = new URL('.', location.href).href.replace(/\/$/, '')
  const samples = codeSamples({ base, model, texts, token: tokenOfTab() !== null })
  const sample = samples.find(({ name }) => name === chosen) ?? samples[0]!
  return (
    <section class="code" aria-labelledby="code-title">
      <h2 id="code-title">{words.embed.code}</h2>
      <p class="hint">{words.embed.codeHint}</p>
      <fieldset class="choices">
        <legend class="visually-hidden">{words.embed.code}</legend>
        {samples.map(({ name }) => (
          <label key={name}>
            <input type="radio" name="code" checked={name === sample.name} onChange={() => choose(name)} />
            {name}
          </label>
        ))}
        <CopyButton text={sample.code} />
      </fieldset>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre tabIndex={0} lang="en">
        <code>{sample.code}</code>
      </pre>
    </section>
  )
}

function CopyButton({ text }: { readonly text: string }) {
  const words = useWords()
  const [said, say] = useState<{ text: string; sentence: string }>()
  const copy = async () => {
    try {
      // There is no clipboard on an address without TLS that is not this machine.
      await navigator.clipboard.writeText(text)
      say({ text, sentence: words.copied })
    } catch {
      say({ text, sentence: words.cannotCopy })
    }
  }
  return (
    <span class="copy">
      <button type="button" onClick={copy}>
        {words.copy}
      </button>
      <span role="status">{said?.text === text ? said.sentence : ''}</span>
    </span>
  )
}
