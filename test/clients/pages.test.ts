import { expect, test } from 'vitest'
import { sectionsOf } from './snippets.ts'

const english = sectionsOf('clients.md')
const chinese = sectionsOf('clients.zh-CN.md')

test('both pages of clients have the same sections and programs', () => {
  const shown = (sections: typeof english) => sections.map(({ trap, ...rest }) => rest)
  expect(english.length).toBeGreaterThanOrEqual(16)
  expect(shown(chinese)).toEqual(shown(english))
})

test('each section warns of what goes wrong with its client, in one language or the other', () => {
  for (const { trap } of english) expect(trap).toMatch(/^[A-Z`"].{60,}\.$/s)
  for (const { trap } of chinese) expect(trap).toMatch(/^.{20,}。$/s)
})

test('each program speaks to the server of the README', () => {
  for (const { code } of english) expect(code).toContain('http://localhost:3000')
})
