import { describe, expect, it } from 'vitest'
import { passagesAt, placesOf } from '../../src/page/match-answer.ts'
import { matchBody, partByText, partOfForm } from '../../src/page/match-request.ts'

const form = {
  job: 'Nurse\nSkills: triage, care\nYou care.',
  skills: '',
  documents: [{ id: '1', text: 'I care.' }],
  conditions: [],
  redact: false,
  model: '',
}

describe('the request of the match page', () => {
  it('has the job with its heading and skills; typed skills take the place of those in the text', () => {
    expect(matchBody(form)).toEqual({
      query: { title: 'Nurse', skills: ['triage', 'care'], text: 'Skills: triage, care\nYou care.' },
      candidates: form.documents,
      topK: 1,
      explain: true,
    })
    expect(matchBody({ ...form, skills: 'ICU，急救、' }).query).toMatchObject({ skills: ['ICU', '急救'] })
  })

  it('drops private columns by their names, and blanks contact details where there are none', () => {
    const documents = [{ 姓名: '甲', Gender: 'f', text: 'a' }, { text: 'b' }]
    expect(matchBody({ ...form, redact: true, documents }).redact).toEqual(['姓名', 'Gender'])
    expect(matchBody({ ...form, redact: true }).redact).toBe(true)
  })

  it('joins conditions of one field, compares numbers as such, and leaves half-typed ones out', () => {
    const conditions = [
      { field: 'years', kind: 'min', value: ' ２ ' },
      { field: 'years', kind: 'max', value: '9' },
      { field: 'city', kind: 'equals', value: '上海' },
      { field: 'skills', kind: 'hasAll', value: 'SQL, Go' },
      { field: 'level', kind: 'min', value: 'senior' },
      { field: 'empty', kind: 'min', value: '' },
    ] as const
    expect(matchBody({ ...form, conditions }).filters).toEqual({
      years: { min: 2, max: 9 },
      city: { equals: '上海' },
      skills: { hasAll: ['SQL', 'Go'] },
      level: { min: 'senior' },
    })
  })

  it('leaves out resumes without a text to compare, by their places, and names that are blinded are none', () => {
    const documents = [
      { name: '甲', years: 3 },
      { text: ' ' },
      { skills: ['SQL'] },
      { 性别: '男', 城市: '上海' },
    ]
    expect(partByText({ documents, redact: true })).toEqual({
      comparable: [documents[2], documents[3]],
      without: [1, 2],
    })
    expect(partByText({ documents: [{ 性别: '男' }], redact: true }).without).toEqual([1])
    expect(partByText({ documents: [{ 性别: '男' }], redact: false }).without).toEqual([])
  })

  it('asks for one model when one is chosen, and for fifty results at most', () => {
    const documents = Array.from({ length: 70 }, () => ({ text: 'a' }))
    expect(matchBody({ ...form, documents, model: 'bge-m3' })).toMatchObject({ model: 'bge-m3', topK: 50 })
  })

  it.each([
    ['query', 'job'],
    ['query.text', 'job'],
    ['query.skills[1]', 'skills'],
    ['candidates[3].text', 'resumes'],
    ['filters.years.min', 'conditions'],
    ['model', 'model'],
    ['topK', 'form'],
    [undefined, 'form'],
  ])('shows an error of %s beside the field %s', (field, part) => {
    expect(partOfForm(field)).toBe(part)
  })
})

describe('the answer of the match page', () => {
  const place = { path: 'text', start: 0, end: 4, text: 'care' }
  const result = {
    id: '1',
    index: 2,
    score: 0.5,
    explanation: {
      evidence: [
        { query: place, candidate: { ...place, path: 'title' }, score: 0.9 },
        { query: place, candidate: { ...place, start: 5, end: 9 }, score: 0.4 },
      ],
    },
  }

  it('marks the passages of a field by the number of their evidence', () => {
    expect(passagesAt(result, 'text')).toEqual([{ start: 5, end: 9, mark: 2 }])
    expect(passagesAt({ id: '1', index: 0, score: 0 }, 'text')).toEqual([])
  })

  it('knows the place of each resume, to compare it with another model', () => {
    const answer = { models: [], excluded: [], warnings: [], results: [result, { ...result, index: 0 }] }
    expect([...placesOf(answer)]).toEqual([
      [2, 1],
      [0, 2],
    ])
  })
})
