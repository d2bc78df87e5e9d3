import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { matchTool } from '../../scripts/match/tool.ts'
import { temporaryFolder } from '../support/folders.ts'
import { run } from '../support/tools.ts'

const JOB = { id: 'icu', title: 'Intensive care nurse', skills: ['triage', 'ventilation'] }
const RESUMES = [
  { id: 'r1', title: 'ICU nurse', skills: ['triage'], years: 6 },
  { id: 'r2', title: '重症监护护士', skills: ['ventilation', 'triage'], years: 4 },
  { id: 'r3', title: 'Pastry chef', skills: ['baking'], years: 9 },
  { id: 'r4', title: 'Night nurse', years: 1 },
]
/** 编号,姓名,职位,技能,工作年限 / 1,王静,护士,分诊、护理,5 / 2,李强,厨师,烘焙,2 as Excel writes it in China. */
const GB18030 =
  'b1e0bac52cd0d5c3fb2cd6b0cebb2cbcbcc4dc2cb9a4d7f7c4eacfde0d0a312ccdf5beb22cbba4cabf2cb7d6d5efa1a2bba4c0ed2c350d0a322cc0eec7bf2cb3f8caa62cbae6b1ba2c320d0a'

let folder: string
const file = (name: string, content: string | Buffer) => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
const lines = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).join('\n')
beforeEach(() => {
  folder = temporaryFolder('match-tool')
})

it('prints a ranked table with scores, bands, skills and the sentences that agree', async () => {
  const job = file('job.json', JSON.stringify(JOB, null, 2))
  const resumes = file('resumes.jsonl', lines(RESUMES))
  const { out, status } = await run(matchTool, job, resumes, '--filters', '{"years": {"min": 3}}')
  expect(status).toBe(0)
  expect(out).toMatch(/^jobs-static-2, 4 candidates, 1 excluded\n\nJob: Intensive care nurse\n/)
  expect(out).toMatch(/^1 {2}0\.\d{3} {2}(very )?high +r[12] {2}/m)
  expect(out).toMatch(/^ {5}matched {2}triage\n {5}missing {2}ventilation$/m)
  expect(out).toMatch(/^ {5}0\.\d\d {5}“.+” ~ “Intensive care nurse”$/m)
  expect(out).toMatch(/^3 .* r3 {2}Pastry chef$/m)
  expect(out).toMatch(/Excluded:\n {2}r4 {2}Night nurse {2}years is 1, below 3$/)
})

it('reads a table that Excel wrote in China by its Chinese headers', async () => {
  const resumes = file('简历.csv', Buffer.from(GB18030, 'hex'))
  const { out, err, status } = await run(
    matchTool,
    '--text',
    '招聘护士',
    resumes,
    '--filters',
    '{"工作年限": {"min": 3}}',
  )
  expect(status).toBe(0)
  expect(err).toContain(
    'Note: read 编号 as id, 姓名 as name, 职位 as title, 技能 as skills, 工作年限 as years.',
  )
  expect(out).toMatch(/^1 .* 1 {3}王静 · 护士$/m)
  expect(out).toContain('2  李强 · 厨师  years is 2, below 3')
})

it('takes the one list of an object as its candidates, and places wrong ones in it', async () => {
  const wrapped = file(
    'r.json',
    JSON.stringify({ resumes: [...RESUMES.slice(0, 2), { id: 'r9', years: 3 }] }),
  )
  const { out } = await run(matchTool, '--text', 'nurse', wrapped)
  expect(out).toContain('2 candidates')
  expect(out).toMatch(/r\.json:1 \[2\].*no text to compare/)
})

it('never compares names, and blanks contacts when it is told to', async () => {
  const rows = RESUMES.slice(0, 2).map((row, index) => ({ ...row, name: ['Intensive care', 'x'][index] }))
  const job = file('job.json', JSON.stringify(JOB))
  const scores = async (some: readonly unknown[], ...more: string[]) => {
    const { out } = await run(matchTool, job, file('r.jsonl', lines(some)), '--json', ...more)
    return JSON.parse(out).jobs[0].results.map(({ id, score }: { id: string; score: number }) => [id, score])
  }
  expect(await scores(rows)).toEqual(await scores(RESUMES.slice(0, 2)))
  const told = RESUMES.slice(0, 2).map((row) => ({ ...row, about: 'a nurse' }))
  expect(await scores(told, '--drop', 'about')).toEqual(await scores(RESUMES.slice(0, 2), '--redact'))
})

it('ranks more candidates than one request takes as one list, with explanations for the best', async () => {
  const many = Array.from({ length: 2100 }, (_, index) => ({
    id: `c${index}`,
    title: `Pastry chef ${index}`,
  }))
  many[7] = { id: 'early', title: 'ICU nurse' }
  many[2050] = { id: 'late', title: 'Intensive care nurse' }
  const job = file('job.json', JSON.stringify(JOB))
  const { out } = await run(matchTool, job, file('many.jsonl', lines(many)), '--top', '2', '--json')
  const { candidates, jobs } = JSON.parse(out)
  expect(candidates).toBe(2100)
  const [first, second] = jobs[0].results
  expect([first.id, second.id, jobs[0].results.length]).toEqual(['late', 'early', 2])
  expect(first).toMatchObject({ rank: 1, place: expect.stringMatching(/many\.jsonl:2051$/) })
  expect(first.explanation.skills.missing).toEqual(['triage', 'ventilation'])
})

it('ranks the same, whether candidates fit into one request or not', async () => {
  const job = file('job.json', JSON.stringify(JOB))
  const fillers = Array.from({ length: 1000 }, (_, index) => ({ id: `f${index}`, title: 'zzz' }))
  const rankedOf = async (rows: readonly unknown[]) => {
    const { out } = await run(matchTool, job, file('r.jsonl', lines(rows)), '--top', '3', '--json')
    return JSON.parse(out).jobs[0].results.map(({ id, score }: { id: string; score: number }) => [id, score])
  }
  expect(await rankedOf([...RESUMES.slice(0, 2), ...fillers, ...RESUMES.slice(2)])).toEqual(
    await rankedOf(RESUMES),
  )
})

it('ranks for each job of a file of several', async () => {
  const jobs = file('jobs.csv', 'id,title\na,ICU nurse\nb,Pastry chef\n')
  const { out } = await run(matchTool, jobs, file('r.jsonl', lines(RESUMES)), '--top', '1')
  expect(out).toMatch(/Job: ICU nurse\n\n#[\s\S]*r1[\s\S]*Job: Pastry chef\n\n#[\s\S]*r3/)
})

it('takes the whole of a text file as one job', async () => {
  const job = file('job.txt', 'Intensive care nurse\n\nCares for ventilated patients.\n')
  const { out } = await run(matchTool, job, file('r.jsonl', lines(RESUMES)), '--top', '1')
  expect(out.match(/^Job: /gm)).toHaveLength(1)
  expect(out).toContain('Job: Intensive care nurse Cares for ventilated patients.')
})

it('says which rows it could not compare, and compares the others', async () => {
  const rows = file('rows.jsonl', `${JSON.stringify(RESUMES[0])}\n{"id": 2}\n{broken\n"Night nurse"\n`)
  const { out, status } = await run(matchTool, '--text', 'nurse', rows)
  expect(out).toContain('2 candidates, 2 rows not compared')
  expect(out).toContain(`${rows}:2: The row has no text to compare.`)
  expect(out).toMatch(/rows\.jsonl:3: .*JSON/)
  expect(out).toMatch(/ 4 {3}Night nurse/)
  expect(status).toBe(0)
})

it('says that nobody passes the filters, which is no failure', async () => {
  const { out, status } = await run(
    matchTool,
    '--text',
    'nurse',
    file('r.jsonl', lines(RESUMES)),
    '--filters',
    '{"years": {"min": 30}}',
  )
  expect(out).toContain('No candidate passes the filters and the threshold.')
  expect(status).toBe(0)
})

it('keeps two candidates with one id apart', async () => {
  const rows = [
    { id: 'a', title: 'nurse', years: 1 },
    { id: 'a', title: 'chef', years: 9 },
  ]
  const { out } = await run(
    matchTool,
    '--text',
    'nurse',
    file('r.jsonl', lines(rows)),
    '--filters',
    '{"years": {"min": 3}}',
  )
  expect(out).toMatch(/^1 .* a {3}chef$/m)
  expect(out).toMatch(/Excluded:\n {2}a {2}nurse /)
})

it('fits its lines to the terminal, in Chinese too', async () => {
  const resumes = file('简历.csv', Buffer.from(GB18030, 'hex'))
  const { out } = await run(matchTool, '--text', '招聘重症监护护士，'.repeat(20), resumes, '--width', '60')
  const { widthOf } = await import('../../scripts/console/width.ts')
  expect(out.split('\n').filter((line) => widthOf(line) > 60)).toEqual([])
})

it.each([
  ['one file', ['a.csv'], /There are 1 files; expected two/, 2],
  ['a job twice', ['--text', 'x', 'a', 'b'], /There are --text and 2 files/, 2],
  [
    'filters that are no JSON',
    ['--filters', '{', 'a', 'b'],
    /--filters is \{; expected an object of JSON/,
    2,
  ],
  ['an empty job', ['--text', ' ', 'a'], /--text is empty/, 2],
  [
    'too many to show',
    ['--top', '2000', 'a', 'b'],
    /--top is "2000"; expected a whole number from 1 to 1000/,
    2,
  ],
  ['files that are not there', ['a.json', 'b.csv'], /a\.json is no file that is there/, 1],
] as const)('refuses %s in a sentence', async (_, args, sentence, status) => {
  const ended = await run(matchTool, ...args)
  expect(ended.err).toMatch(sentence)
  expect([ended.out, ended.status]).toEqual(['', status])
})

it('gives the sentence of the API with the row in it', async () => {
  const rows = file('r.jsonl', lines([RESUMES[0], { id: 'v', vector: [0, 0] }]))
  const { err, status } = await run(matchTool, '--text', 'nurse', rows)
  expect(err).toMatch(/r\.jsonl:2/)
  expect(err).not.toContain('candidates[')
  expect(status).toBe(1)
})

it('says what a filter may be when its operator is misspelt', async () => {
  const { err, status } = await run(
    matchTool,
    '--text',
    'nurse',
    file('r.jsonl', lines(RESUMES)),
    '--filters',
    '{"years": {"gte": 3}}',
  )
  expect(err).toMatch(/filters\.years\.gte.*min/)
  expect(status).toBe(1)
})

it('takes a resume in Markdown as one candidate, and says when it is empty', async () => {
  const resume = file('简历.md', '# 王静\n\n重症监护护士，六年经验\n')
  const { out, status } = await run(matchTool, '--text', '招聘护士', resume)
  expect(status).toBe(0)
  expect(out).toMatch(/^jobs-static-2, 1 candidate\n/)
  expect(out).toContain('王静')
  const empty = await run(matchTool, '--text', '招聘护士', file('empty.MD', ' \n'))
  expect([empty.status, empty.err]).toEqual([1, 'There is no candidate with a text; expected at least one.'])
})

it('names twenty rows that cannot be compared, and counts the others', async () => {
  const resumes = file(
    'resumes.jsonl',
    lines([...RESUMES, ...Array.from({ length: 23 }, (_, id) => ({ id }))]),
  )
  const { out } = await run(matchTool, '--text', 'nurse', resumes)
  expect(out.match(/The row has no text to compare\./g)).toHaveLength(20)
  expect(out).toContain('\n  … and 3 more; --json names up to 1,000')
})
