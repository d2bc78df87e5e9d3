import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { expect, test } from 'vitest'
import { root } from '../house/source.ts'
import { temporaryFolder } from '../support/folders.ts'
import { readText } from '../support/markdown.ts'

const pages = ['docs/examples/README.md', 'docs/examples/README.zh-CN.md'].map(readText)
const blocksOf = (page: string, language: string) =>
  Array.from(page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms')), ([, code]) =>
    code!.trim(),
  )
const [match, batch, ...more] = blocksOf(pages[0]!, 'sh')

/** A line of the page as npm would run it, without npm's own lines. */
function npmRun(line: string, ...further: readonly string[]): string {
  const [, name, rest] = /^npm run (\w+) -- (.*)$/.exec(line)!
  const args = Array.from(rest!.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, plain]) => quoted ?? plain!)
  const program = ['scripts/run.mjs', `scripts/${name}.ts`, ...args, ...further]
  return execFileSync(process.execPath, program, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

test('both pages have the same blocks', () => {
  for (const language of ['sh', 'python', 'text']) {
    expect(blocksOf(pages[1]!, language)).toEqual(blocksOf(pages[0]!, language))
    expect(blocksOf(pages[0]!, language).length).toBeGreaterThan(0)
  }
  expect(more).toEqual([])
})

test('five resumes are matched as the page says', () => {
  const out = npmRun(match!)
  expect(out).toMatch(/^1 .* r1 .*陈思远/m)
  expect(out).toMatch(/^2 .* r2 .*Amelia Hart/m)
  expect(out).toMatch(/matched {2}Java, Spring Boot, MySQL, 微服务\n {5}missing {2}Kubernetes/)
  expect(out).toMatch(/Excluded:\n {2}r5 .*years is 2, below 3/)
})

test('a CSV from Excel becomes Parquet with its columns and a vector a row', async () => {
  const out = temporaryFolder('examples')
  npmRun(batch!.replace(' --out vectors', ''), '--out', out)
  const [job] = readdirSync(out)
  const part = readdirSync(join(out, job!)).find((name) => /^part-.*\.parquet$/.test(name))!
  const bytes = readFileSync(join(out, job!, part))
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  const rows = await parquetReadObjects({ file })
  expect(rows.map((row) => [row.编号, row.姓名])).toContainEqual(['r1', '陈思远'])
  expect(rows.map((row) => row.embedding.length)).toEqual([256, 256, 256, 256, 256])
})

test('the file as Excel saves it is the other one, in GB18030', () => {
  const excel = readFileSync(join(root, 'docs/examples/resumes-excel.csv'))
  const text = new TextDecoder('gb18030', { fatal: true }).decode(excel)
  expect(text.replaceAll('\r\n', '\n')).toBe(readText('docs/examples/resumes.csv'))
  expect(() => new TextDecoder('utf-8', { fatal: true }).decode(excel)).toThrow()
})
