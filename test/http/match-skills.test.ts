import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { temporaryFolder } from '../support/folders.ts'
import { post } from '../support/http.ts'

const root = join(import.meta.dirname, '..', '..')
const machine = { memoryBytes: 2e9, processors: 1, root }

interface Skills {
  readonly matched: { readonly query: string; readonly candidate: string; readonly evidence?: string }[]
  readonly missing: string[]
}

/** What the bundled model and the shipped table say. */
async function skillsOf(body: unknown, environment: Record<string, string> = {}): Promise<Skills> {
  const app = createApp(readConfig({ THREADS: '1', ...environment }, machine))
  const response = await app.http.fetch(post('/match', body))
  expect(response.status).toBe(200)
  const { results } = (await response.json()) as { results: { explanation: { skills: Skills } }[] }
  await app.close()
  return results[0]!.explanation.skills
}

const matchOf = (wanted: string[], offered: string[], summary = 'worker') => ({
  query: { title: 'worker', skills: wanted },
  candidates: [{ id: 'x', title: summary, skills: offered }],
  explain: true,
})

test('skills in other writings are matched by the bundled model', async () => {
  const body = readFileSync(join(root, 'test/fixtures/cases/http/match.skills.json'), 'utf8')
  const { matched, missing } = await skillsOf(body)
  expect(missing).toEqual([])
  expect(matched.map(({ query, candidate }) => [query, candidate])).toEqual([
    ['python', 'Python (primary)'],
    ['kubernetes', 'k8s'],
    ['Node.js', 'NodeJS'],
    ['nurse', 'nurses'],
  ])
})

test('skills in the other language are matched, and what the text names is not missing', async () => {
  const wanted = ['微服务', '成本核算', '英语', 'Golang', 'MySQL', 'Redis']
  const offered = ['Microservices', 'cost accounting', '英文', 'Go']
  const { matched, missing } = await skillsOf(matchOf(wanted, offered, 'tuned MySQL and introduced Redis'))
  expect(missing).toEqual([])
  expect(matched.filter(({ evidence }) => evidence === 'text').map(({ query }) => query)).toEqual([
    'MySQL',
    'Redis',
  ])
})

test('skills that merely look alike are missing', async () => {
  const wanted = ['java', 'R', 'C', 'Go', 'SQL', 'Excel']
  const offered = ['JavaScript', 'React', 'C++', 'Google Ads', 'NoSQL', 'Excellent']
  expect(await skillsOf(matchOf(wanted, offered))).toEqual({ matched: [], missing: wanted })
})

test('SKILL_SYNONYMS names a file with more groups, which is checked at the start', async () => {
  const file = join(temporaryFolder('skills'), 'more.json')
  writeFileSync(file, '[["信贷审批", "loan approval"]]')
  const body = matchOf(['信贷审批'], ['Loan approvals'])
  expect((await skillsOf(body)).missing).toEqual(['信贷审批'])
  expect((await skillsOf(body, { SKILL_SYNONYMS: file })).missing).toEqual([])
  writeFileSync(file, '{}')
  expect(() => createApp(readConfig({ SKILL_SYNONYMS: file }, machine))).toThrow('is no list')
  expect(() => createApp(readConfig({ SKILL_SYNONYMS: `${file}.gone` }, machine))).toThrow(
    'cannot be read; correct or unset SKILL_SYNONYMS',
  )
})
