import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { embedTool } from '../../scripts/embed/tool.ts'
import { root } from '../house/source.ts'
import { temporaryFolder } from '../support/folders.ts'
import { run } from '../support/tools.ts'

/** As a user pipes lines into it. */
const pipe = (input: string, ...args: readonly string[]) =>
  spawnSync(process.execPath, ['scripts/run.mjs', 'scripts/embed.ts', ...args], {
    cwd: root,
    encoding: 'utf8',
    input,
  })

it('shows texts of both languages in a table of cosines', async () => {
  const { out, status } = await run(embedTool, 'data engineer', '数据工程师', '护士')
  expect(status).toBe(0)
  const [head, , numbers, first, second, third] = out.split('\n')
  expect(head).toBe('jobs-static-2, 256 dimensions')
  expect(numbers).toMatch(/^ +1 +2 +3$/)
  const [, same, other, nurse] = /^1 {2}data engineer {2}([\d.]+) {2}([\d.]+) {2}(-?[\d.]+)$/.exec(first!)!
  expect(Number(same)).toBe(1)
  expect(Number(other)).toBeGreaterThan(Number(nurse) + 0.3)
  expect(second).toMatch(/^2 {2}数据工程师 {5}[\d.]+ {2}1\.000/)
  expect(third).toMatch(/^3 {2}护士/)
})

it('shows of one text how its vector begins, and says how to get all of it', async () => {
  const { out } = await run(embedTool, '护士')
  expect(out).toMatch(/256 dimensions: -?\d\.\d{4} .*--vectors/)
})

it('lists the nearest pairs of more texts than a table holds', async () => {
  const others = ['cook', 'pilot', 'tailor', 'lawyer', 'painter', 'baker', 'miner', 'judge', 'actor']
  const { out } = await run(embedTool, ...others, '护士', '護士', 'data engineer')
  const [, , head, , nearest] = out.split('\n')
  expect(head).toBe('The 20 nearest of 66 pairs of 12 texts')
  expect(nearest).toMatch(/^1\.000 {2}护士 +護士$/)
})

it('prints the answer of POST /embed, in as few columns as asked for', async () => {
  const { out } = await run(embedTool, '--json', '--dimensions', '64', 'nurse')
  expect(JSON.parse(out)).toMatchObject({ model: 'jobs-static-2', dimensions: 64, usage: { inputs: 1 } })
})

it('reads lines of standard input, and prints a line of JSON for each', () => {
  const { stdout, status } = pipe('护士\n\nnurse\n', '--vectors')
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(rows.map(({ text, embedding }) => [text, embedding.length])).toEqual([
    ['护士', 256],
    ['nurse', 256],
  ])
  expect(status).toBe(0)
})

it('reads the column of a table that Excel wrote in China, and says which rows it leaves out', async () => {
  const path = join(temporaryFolder('embed-tool'), 'titles.csv')
  // 编号,职位 / 1,护士 / 2, / 3,会计 in GB18030.
  writeFileSync(path, Buffer.from('b1e0bac52cd6b0cebb0a312cbba4cabf0a322c0a332cbbe1bcc60a', 'hex'))
  const { out, err, status } = await run(embedTool, '--file', path)
  expect(out).toMatch(/1 {2}护士[\s\S]*2 {2}会计/)
  expect(err).toBe(`${path}:3 is left out: the column 职位 has no text.`)
  expect(status).toBe(0)
})

it.each([
  ['--file and texts', ['--file', 'a.csv', 'nurse'], /There are texts and a --file/, 2],
  ['both forms', ['--json', '--vectors', 'nurse'], /--json and --vectors/, 2],
  ['a size that is no number', ['--dimensions', 'many', 'nurse'], /--dimensions is "many"/, 2],
  ['a file that is not there', ['--file', 'nothing.csv'], /nothing\.csv is no file that is there/, 1],
  ['a model that nobody has', ['--model', 'jobs-statik', 'nurse'], /did you mean "jobs-static"/, 1],
  ['dimensions that the model lacks', ['--dimensions', '100', 'nurse'], /offers 256/, 1],
] as const)('refuses %s in a sentence', async (_, args, sentence, status) => {
  const ended = await run(embedTool, ...args)
  expect(ended.err).toMatch(sentence)
  expect([ended.out, ended.status]).toEqual(['', status])
})

it('names the option for a column that the file lacks', async () => {
  const path = join(temporaryFolder('embed-tool'), 'rows.csv')
  writeFileSync(path, 'a,b\n1,2\n')
  const { err, status } = await run(embedTool, '--file', path, '--text-column', 'c')
  expect(err).toMatch(/has no column c; its columns are a, b; correct --text-column/)
  expect(status).toBe(1)
})

it('says which texts it does not know a word of', async () => {
  const { err } = await run(embedTool, '🙂', 'nurse')
  expect(err).toMatch(/^Note: /)
})
