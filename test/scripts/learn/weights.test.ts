import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { readWeighedRows } from '../../../scripts/learn/weights/rows.ts'
import { weightsTool } from '../../../scripts/learn/weights/tool.ts'
import { createRandom } from '../../../src/learning/random.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { run } from '../../support/tools.ts'

const TITLES = ['ICU nurse', 'Pastry chef', 'Java developer', 'Truck driver', 'Accountant', '护士', '会计']
const SKILLS = [
  'triage',
  'baking',
  'spring',
  'sql',
  'forklift',
  'ledger',
  'python',
  'wiring',
  'welding',
  'x-ray',
]

let folder: string
const file = (name: string, rows: readonly unknown[]) => {
  const path = join(folder, name)
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join('\n'))
  return path
}
beforeEach(() => {
  folder = temporaryFolder('weights')
})

/** Resumes told apart by their skills; titles come by sevens, and all descriptions say the same. */
function hires(count: number) {
  const random = createRandom(7)
  const labels = Array.from({ length: 60 }, (_, place) => ({
    id: `r${place}`,
    title: TITLES[random.below(TITLES.length)]!,
    skills: SKILLS.filter(() => random.next() < 0.4).concat(SKILLS[place % SKILLS.length]!),
    description: `A friendly team, number ${random.below(9)}`,
  }))
  const pairs = Array.from({ length: count }, (_, place) => {
    const { id, title, skills } = labels[random.below(labels.length)]!
    const query = { title, skills, description: `A friendly team, number ${random.below(9)}, job ${place}` }
    return { query, positiveId: id }
  })
  return { labels: file('labels.jsonl', labels), pairs: file('pairs.jsonl', pairs) }
}

test('sections that tell more weigh more, and the answer is ready for a match', async () => {
  const { labels, pairs } = hires(120)
  const out = join(folder, 'weights.json')
  const sections = ['--sections', 'title,skills,description']
  const { out: shown, status } = await run(
    weightsTool,
    '--pairs',
    pairs,
    '--labels',
    labels,
    ...sections,
    '--out',
    out,
  )
  expect(status).toBe(0)
  expect(shown).toContain('Learned weights are better: the whole interval lies above 0.')
  const report = JSON.parse(readFileSync(out, 'utf8'))
  expect(report).toMatchObject({ format: 1, queries: 120, candidates: 60, match: { model: 'jobs-static-2' } })
  const { title, skills, description } = report.match.weights
  expect(skills).toBeGreaterThan(title)
  expect(title + skills + description).toBeCloseTo(1, 1)
  expect(report.sections.gain.low).toBeGreaterThan(0)
  // Numbers and names of fields alone: no text of the data.
  expect(JSON.stringify(report)).not.toMatch(/nurse|triage|friendly/)
})

test('equal weights stay where sections are the same', async () => {
  const { labels, pairs } = hires(80)
  const same = (path: string, take: (row: Record<string, Record<string, unknown>>) => unknown) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => take(JSON.parse(line)))
  const twice = (fields: Record<string, unknown>) => ({ ...fields, again: fields.title })
  const [doubled, asked] = [
    file('l2.jsonl', same(labels, twice)),
    file(
      'p2.jsonl',
      same(pairs, (row) => ({ ...row, query: twice(row.query!) })),
    ),
  ]
  const { out, status } = await run(
    weightsTool,
    '--pairs',
    asked,
    '--labels',
    doubled,
    '--sections',
    'title,again',
  )
  expect(status).toBe(0)
  expect(out).toContain('Equal weights stay')
  expect(out).toContain('"title": 0.5,\n    "again": 0.5')
})

test.each<[string, string[], string]>([
  ['no pairs', [], '--pairs is missing'],
  ['nothing to weigh', ['--pairs', 'x'], 'There is nothing to weigh'],
  [
    'nine models',
    ['--pairs', 'x', '--models', 'a,b,c,d,e,f,g,h,i'],
    'There are 9 models; expected at most 8',
  ],
])('%s is a mistake that is named', async (_, args, message) => {
  const { err, status } = await run(weightsTool, ...args)
  expect(err).toContain(message)
  expect(status).toBe(2)
})

test('a section that no document has is refused, with the one that was meant', async () => {
  const { labels, pairs } = hires(120)
  const { err, status } = await run(
    weightsTool,
    ...['--pairs', pairs, '--labels', labels, '--sections', 'title,skils'],
  )
  expect(status).toBe(2)
  expect(err).toMatch(/--sections names skils, which no candidate has a text in.*skills/)
})

test('few queries are refused with their number', async () => {
  const { labels, pairs } = hires(49)
  const { err, status } = await run(
    weightsTool,
    '--pairs',
    pairs,
    '--labels',
    labels,
    '--sections',
    'title,skills',
  )
  expect(err).toContain('has 49 distinct queries; expected at least 50.')
  expect(status).toBe(3)
})

test('each wrong row is named by its line and field', async () => {
  const labels = file('labels.jsonl', [{ id: 1, title: 'nurse' }])
  const pairs = file('pairs.jsonl', [
    { query: { title: 'nurse' }, positiveId: 1 },
    { query: ' ', positiveId: 1 },
    { query: 'nurse', positiveId: 'r9' },
    { query: 'nurse' },
    { query: 'nurse', positive: 'cook' },
  ])
  await expect(readWeighedRows(pairs, labels, {})).rejects.toMatchObject({
    code: 'invalid_request',
    message: [
      `${pairs}:2: query is missing or has no text; expected a text or an object such as {"title": "…"}.`,
      `${pairs}:3: positiveId is none of the labels: "r9".`,
      `${pairs}:4: positive and positiveId are missing; expected one of the two.`,
      `${pairs}:5: positive is the text of none of the labels.`,
    ].join('\n'),
  })
})

test('without labels the distinct positives are the candidates, and equal queries count once', async () => {
  const pairs = file('pairs.jsonl', [
    { query: 'Nurse', positive: 'registered nurse' },
    { query: 'nurse ', positive: 'Registered Nurse' },
    { query: '{"title": "cook"}', positive: { title: 'chef' } },
    { query: '{not json', positive: 'chef' },
  ])
  const { asked, candidates } = await readWeighedRows(pairs, undefined, {})
  expect(asked.map(({ query, own }) => [query.fields, own])).toEqual([
    [{ text: 'Nurse' }, 0],
    [{ title: 'cook' }, 1],
    [{ text: '{not json' }, 1],
  ])
  expect(candidates.map(({ fields }) => fields)).toEqual([{ text: 'registered nurse' }, { title: 'chef' }])
})

test('a wrong header is said once, with what was meant', async () => {
  const path = join(folder, 'pairs.csv')
  writeFileSync(path, `query,positive_id\n${'nurse,r1\n'.repeat(300)}`)
  await expect(readWeighedRows(path, undefined, {})).rejects.toThrow(
    `${path}: the header is not that of such a file: it has no column positive or positiveId; it has "positive_id" (did you mean positiveId?)`,
  )
})

test('labels of equal texts and pairs that disagree are told, and the first counts', async () => {
  const labels = file('labels.jsonl', [
    { id: 1, title: 'nurse' },
    { id: 2, title: 'Nurse' },
    { id: 3, title: 'chef' },
  ])
  const pairs = file('pairs.jsonl', [
    { query: 'icu', positiveId: 1 },
    { query: 'ICU', positiveId: 3 },
    { query: 'icu', positiveId: 1 },
  ])
  const { asked, notes } = await readWeighedRows(pairs, labels, {})
  expect(asked.map(({ own }) => own)).toEqual([0])
  expect(notes).toEqual([
    '1 labels have the text of another one; where a pair names the text, the first of them counts.',
    '1 pairs name another right candidate than the first pair of the same query does; the first counts.',
  ])
})
