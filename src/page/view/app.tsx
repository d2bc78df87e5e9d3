import type { FunctionComponent } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { ApiTab } from './api-tab.tsx'
import { BatchTab } from './batch/batch-tab.tsx'
import { ChatTab } from './chat/chat-tab.tsx'
import { EmbedTab } from './embed/embed-tab.tsx'
import { applyLanguage, firstLanguage, type Language, LanguageContext, useWords } from './frame/language.tsx'
import { clearStored } from './frame/stored.tsx'
import { TABS, type Tab, TabList, useTab } from './frame/tabs.tsx'
import { ThemeSwitch } from './frame/theme.tsx'
import { ForgetToken, TokenDialog } from './frame/token-dialog.tsx'
import { MatchTab } from './match/match-tab.tsx'
import { ModelsTab } from './models/models-tab.tsx'

const PANELS: Readonly<Record<Tab, FunctionComponent>> = {
  match: MatchTab,
  embed: EmbedTab,
  chat: ChatTab,
  models: ModelsTab,
  batch: BatchTab,
  api: ApiTab,
}

/** The page: its head, its tabs, and the panel of the one that is chosen. */
export function App() {
  const [language, setLanguage] = useState<Language>(firstLanguage)
  const [tab, chooseTab] = useTab()
  const [seen, setSeen] = useState<readonly Tab[]>([tab])
  const [, redraw] = useState(0)
  useEffect(() => applyLanguage(language), [language])
  useEffect(() => setSeen((tabs) => (tabs.includes(tab) ? tabs : [...tabs, tab])), [tab])
  const onChange = () => redraw((count) => count + 1)
  return (
    <LanguageContext.Provider value={language}>
      <Head
        language={language}
        setLanguage={setLanguage}
        onToken={onChange}
        tab={tab}
        chooseTab={chooseTab}
      />
      <main id="main">
        {TABS.map((name) => {
          const Panel = PANELS[name]
          return (
            <section
              key={name}
              id={`panel-${name}`}
              role="tabpanel"
              aria-labelledby={`tab-${name}`}
              hidden={name !== tab}
            >
              {(name === tab || seen.includes(name)) && <Panel />}
            </section>
          )
        })}
      </main>
      <Foot />
      <TokenDialog onChange={onChange} />
    </LanguageContext.Provider>
  )
}

interface HeadParts {
  readonly language: Language
  readonly setLanguage: (language: Language) => void
  readonly onToken: () => void
  readonly tab: Tab
  readonly chooseTab: (tab: Tab) => void
}

function Head({ language, setLanguage, onToken, tab, chooseTab }: HeadParts) {
  const words = useWords()
  return (
    <header class="head">
      <button type="button" class="skip" onClick={skipToMain}>
        {words.skip}
      </button>
      <div class="head-row">
        <p class="brand">
          <Mark />
          {words.name}
        </p>
        <div class="head-tools">
          <ForgetToken onChange={onToken} />
          <button type="button" class="quiet" onClick={clearStored}>
            {words.clear}
          </button>
          <ThemeSwitch />
          <select
            class="quiet"
            aria-label={words.language}
            value={language}
            onChange={(event) => setLanguage(event.currentTarget.value as Language)}
          >
            <option value="en" lang="en">
              English
            </option>
            <option value="zh-CN" lang="zh-CN">
              中文
            </option>
          </select>
        </div>
      </div>
      <TabList tab={tab} choose={chooseTab} />
    </header>
  )
}

function Foot() {
  const words = useWords()
  return (
    <footer class="foot">
      <p>{words.lead}</p>
      <p>{words.match.disclaimer}</p>
    </footer>
  )
}

/** A link would change the part of the address behind `#`, which names the tab. */
function skipToMain(): void {
  const main = document.getElementById('main')
  main?.setAttribute('tabindex', '-1')
  main?.focus()
}

/** Two texts that point the same way. */
function Mark() {
  return (
    <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M5 19 L19 9" />
      <path d="M5 19 L15 4" />
      <circle cx="5" cy="19" r="2" />
    </svg>
  )
}
