import { expect, test } from 'vitest'
import { fakeJudge, judgeServiceOf } from '../../support/judge.ts'
import { match, summaryOf } from '../../support/match-jobs.ts'

const MAIL = 'anna@example.org'
const PHONE = '138 1234 5678'
const blank = ({ length }: string) => ' '.repeat(length)
const PEOPLE = [
  { id: 'near', text: `nurse night care ${MAIL}`, School: 'Abbey girls' },
  { id: 'far', text: `driver ${PHONE}`, School: 'Trinity', note: `mail ${MAIL}` },
]
const JOBS = [{ job: 'a', text: `nurse night care ${PHONE}` }]
const LATE = expect.stringMatching(/^The vectors of the collection people were made before: redact changes/)

const judged = (more: object, jobs = JOBS) => {
  const fake = fakeJudge((resume) => (resume.startsWith('driver') ? [1, 0] : [0, 1]))
  return match({ judge: {}, ...more }, judgeServiceOf(fake), PEOPLE, jobs).then((run) => ({ ...run, fake }))
}

test('a match job blanks contact details of its rows and of whom it judges, and drops the named fields', async () => {
  const { fake, outcome, store, rows } = await judged({ redact: ['school'] })
  expect(fake.asked.map(({ before, texts }) => [before.includes(PHONE), texts])).toEqual([
    [false, [`nurse night care ${blank(MAIL)}`, `driver ${blank(PHONE)}\nmail ${blank(MAIL)}`]],
  ])
  expect(JSON.stringify(rows)).not.toMatch(/138|anna@/)
  expect(await summaryOf(store, outcome)).toMatchObject({ redact: ['school'], warnings: [LATE] })
})

test('redact: true drops no field, and without redact a judge reads all', async () => {
  const texts = async (more: object) => (await judged(more)).fake.asked[0]!.texts
  for (const [at, text] of (await texts({ redact: true })).entries()) {
    expect(text).toContain(PEOPLE[at]!.School)
    expect(text).not.toMatch(/\d|@/)
  }
  for (const more of [{}, { redact: false }]) expect((await texts(more)).join()).toContain(PHONE)
})

test('a field of redact that no match has is said in the row and in the summary', async () => {
  const { rows, outcome, store } = await judged({ redact: ['shcool'] })
  const sentence =
    'The field "shcool" of redact drops nothing: none of the matches has it; did you mean "School"?'
  expect(rows[0]!.warnings).toEqual([sentence])
  const { warnings } = await summaryOf(store, outcome)
  expect(warnings).toEqual([LATE, expect.stringMatching(/^In 1 row a field of redact dropped nothing/)])
})

test('without a judge redact blanks the text that is embedded, which the summary says', async () => {
  const { outcome, store } = await match({ redact: true }, undefined, PEOPLE, JOBS)
  const { warnings, redact } = await summaryOf(store, outcome)
  expect([redact, warnings]).toEqual([
    [],
    [expect.stringMatching(/people were made before: redact changes the texts of the rows alone/)],
  ])
})

test('a row with nothing but contact details is an error row', async () => {
  const { outcome } = await judged({ redact: true }, [...JOBS, { job: 'b', text: ` ${MAIL} ` }])
  expect(outcome).toMatchObject({
    status: 'succeeded',
    checkpoint: { rows: 1, errors: 1, codes: { empty_input: 1 } },
  })
})

test.each([
  [
    'redact of a job without matches',
    { job: 'embed', collection: undefined, judge: undefined, redact: true },
    /does not obey the setting redact/,
  ],
  [
    'a redact of another kind',
    { redact: 'name' },
    /have "name" in redact; expected true, false or a list of names/,
  ],
])('fails a job with %s in a sentence', async (_, more, message) => {
  const { outcome } = await judged(more)
  expect(outcome).toMatchObject({ status: 'failed', error: { message: expect.stringMatching(message) } })
})
