import { useEffect, useRef, useState } from 'preact/hooks'
import { useWords } from './language.tsx'

/** The tabs, in their order; each is the part of the address behind `#`. */
export const TABS = ['match', 'embed', 'chat', 'models', 'batch', 'api'] as const
/** One of {@link TABS}. */
export type Tab = (typeof TABS)[number]

function tabOfAddress(): Tab {
  const name = location.hash.slice(1)
  return TABS.find((tab) => tab === name) ?? 'match'
}

/** The tab of the address, which follows the buttons "back" and "forward". */
export function useTab(): [Tab, (tab: Tab) => void] {
  const [tab, setTab] = useState<Tab>(tabOfAddress)
  useEffect(() => {
    const follow = () => setTab(tabOfAddress())
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  return [
    tab,
    (next) => {
      history.pushState(null, '', `#${next}`)
      setTab(next)
    },
  ]
}

/** The row of tabs: arrow keys, Home and End move between them, as a screen reader's user expects. */
export function TabList({ tab, choose }: { readonly tab: Tab; readonly choose: (tab: Tab) => void }) {
  const words = useWords()
  const list = useRef<HTMLDivElement>(null)
  const move = (event: KeyboardEvent) => {
    const at = TABS.indexOf(tab)
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: TABS.length - 1 }[event.key]
    if (to === undefined) return
    event.preventDefault()
    const next = TABS[(to + TABS.length) % TABS.length]!
    choose(next)
    list.current?.querySelector<HTMLElement>(`#tab-${next}`)?.focus()
  }
  return (
    <div class="tabs" role="tablist" ref={list} onKeyDown={move}>
      {TABS.map((name) => (
        <button
          key={name}
          type="button"
          role="tab"
          id={`tab-${name}`}
          aria-selected={name === tab}
          aria-controls={`panel-${name}`}
          tabIndex={name === tab ? 0 : -1}
          onClick={() => choose(name)}
        >
          {words.tabs[name]}
        </button>
      ))}
    </div>
  )
}
