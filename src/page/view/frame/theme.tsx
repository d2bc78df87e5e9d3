import { useState } from 'preact/hooks'
import { useWords } from './language.tsx'

const THEMES = ['system', 'light', 'dark'] as const
type Theme = (typeof THEMES)[number]
const KEY = 'theme'

function storedTheme(): Theme {
  return THEMES.find((theme) => theme === localStorage.getItem(KEY)) ?? 'system'
}

/** Colours as they were chosen before; as the system has them otherwise. Swagger UI looks at the class. */
export function applyTheme(theme: Theme = storedTheme()): void {
  const root = document.documentElement
  if (theme === 'system') delete root.dataset.theme
  else root.dataset.theme = theme
  const isDark =
    theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  root.classList.toggle('dark-mode', isDark)
}

/** Light, dark, or as the system has it. */
export function ThemeSwitch() {
  const words = useWords().theme
  const [theme, setTheme] = useState(storedTheme)
  const choose = (next: Theme) => {
    localStorage.setItem(KEY, next)
    applyTheme(next)
    setTheme(next)
  }
  return (
    <select
      class="quiet"
      aria-label={words.label}
      value={theme}
      onChange={(event) => choose(event.currentTarget.value as Theme)}
    >
      {THEMES.map((name) => (
        <option key={name} value={name}>
          {words[name]}
        </option>
      ))}
    </select>
  )
}
