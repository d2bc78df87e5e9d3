import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type FieldValue, hasText, joinTexts, textsOf } from '../../../src/services/match/document.ts'

const leaf = fc.oneof(
  fc.constantFrom('nurse', ' ', '', '护士'),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
)
const { value } = fc.letrec<{ value: FieldValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'title', 'name'), tie('value'), { maxKeys: 3 }),
  ),
}))
const fields = fc.dictionary(fc.constantFrom('title', 'skills', 'name', 'years', 'text'), value)

test('a document has text where texts are found in it, and nowhere else', () => {
  fc.assert(
    fc.property(fields, fc.constantFrom(undefined, 'title', 'skills', 'name', 'nothing'), (own, section) => {
      const document = { id: '1', index: 0, fields: own }
      expect(hasText(document, section)).toBe(joinTexts(textsOf(document, section)) !== '')
    }),
  )
})

test('names each text by its path', () => {
  const document = {
    id: '1',
    index: 0,
    fields: { name: 'Ann', skills: ['sql', ' '], experience: [{ title: 'Nurse', years: 3 }] },
  }
  expect(textsOf(document)).toEqual([
    { path: 'skills[0]', text: 'sql' },
    { path: 'experience[0].title', text: 'Nurse' },
  ])
  expect(textsOf(document, 'name')).toEqual([{ path: 'name', text: 'Ann' }])
})
