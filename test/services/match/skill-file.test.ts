import { expect, test } from 'vitest'
import { parseSkillSynonyms } from '../../../src/services/match/skills/file.ts'

test('a file of groups is read, with a byte order mark too', () => {
  expect(parseSkillSynonyms('\uFEFF[["Kubernetes", "kube"], ["信贷", "lending"]]', 'more.json')).toEqual([
    ['Kubernetes', 'kube'],
    ['信贷', 'lending'],
  ])
})

test.each([
  ['text that is no JSON', '[', /more\.json of SKILL_SYNONYMS is not JSON/],
  ['an object', '{}', /is no list; expected a JSON list of lists/],
  ['a group that is a text', '[["a","b"],"c"]', /something else at \[1\];/],
  ['a group of one', '[["a"]]', /something else at \[0\];/],
  ['a name that is a number', '[["a",1]]', /at \[0\]\[1\];/],
  ['a blank name', '[["a"," "]]', /at \[0\]\[1\];/],
  ['an endless name', `[["a","${'x'.repeat(101)}"]]`, /at \[0\]\[1\];/],
])('%s is refused with a sentence that says where', (_, text, message) => {
  expect(() => parseSkillSynonyms(text, 'more.json')).toThrow(message)
})
