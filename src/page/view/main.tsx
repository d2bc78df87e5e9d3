import { render } from 'preact'
import { App } from './app.tsx'
import { applyTheme } from './frame/theme.tsx'
import './style/page.css'

applyTheme()
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => applyTheme())
render(<App />, document.body)
