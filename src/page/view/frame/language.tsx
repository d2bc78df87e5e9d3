import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { CHINESE } from '../../words/chinese.ts'
import { ENGLISH, type Words } from '../../words/english.ts'

/** The languages of the page, as `lang` attributes name them. */
export type Language = 'en' | 'zh-CN'

const WORDS: Readonly<Record<Language, Words>> = { en: ENGLISH, 'zh-CN': CHINESE }
const KEY = 'language'

/** The language of the page for everything within. */
export const LanguageContext = createContext<Language>('en')

/** What the page says, in the language that is chosen. */
export function useWords(): Words {
  return WORDS[useContext(LanguageContext)]
}

/** The language that was chosen before, or the browser's first one that the page speaks. */
export function firstLanguage(): Language {
  const chosen = localStorage.getItem(KEY)
  if (chosen === 'en' || chosen === 'zh-CN') return chosen
  const known = navigator.languages.find((name) => /^(en|zh)\b/i.test(name))
  return known?.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en'
}

/** Remembers the language, and tells the browser and its screen reader. */
export function applyLanguage(language: Language): void {
  document.documentElement.lang = language
  localStorage.setItem(KEY, language)
}
