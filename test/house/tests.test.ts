import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from 'oxc-parser'
import { describe, expect, it } from 'vitest'
import config from '../../vitest.config.ts'
import { root, sourceFiles } from './source.ts'

/** One call of `it` or `test`: its title, where it is written as such, and the statements of its body. */
interface WrittenTest {
  readonly path: string
  readonly line: number
  readonly title: string | undefined
  readonly body: readonly object[]
}

interface Call {
  readonly type: 'CallExpression'
  readonly start: number
  readonly callee: object
  readonly arguments: readonly object[]
}

const isCall = (node: object): node is Call => 'type' in node && node.type === 'CallExpression'

/** `it` of `it.skipIf(…)(title)`. */
function nameOf(callee: object): string {
  if (isCall(callee)) return nameOf(callee.callee)
  if ('object' in callee) return nameOf(callee.object as object)
  return 'name' in callee ? String(callee.name) : ''
}

function callsIn(node: unknown): Call[] {
  if (Array.isArray(node)) return node.flatMap(callsIn)
  if (typeof node !== 'object' || node === null) return []
  const inner = Object.values(node).flatMap(callsIn)
  return isCall(node) ? [node, ...inner] : inner
}

function testsOf(path: string): WrittenTest[] {
  const text = readFileSync(join(root, path), 'utf8')
  const calls = callsIn(parseSync(path, text).program)
  return calls
    .filter(({ callee }) => /^(it|test|test(With|Of)\w*)$/.test(nameOf(callee)))
    .flatMap((call): WrittenTest[] => {
      const run = call.arguments.find((part) => 'body' in part)
      if (!run || !('body' in run)) return []
      const first = call.arguments.find((part) => 'value' in part && String(part.value).includes(' '))
      const title = first && 'value' in first ? String(first.value) : undefined
      const body = run.body as { readonly body?: readonly object[] }
      return [{ path, line: text.slice(0, call.start).split('\n').length, title, body: body.body ?? [] }]
    })
}

/** `if (…) return` without more: the rest of a test is left out, and it passes. */
function isSilentReturn(statement: object): boolean {
  if (!('type' in statement) || statement.type !== 'IfStatement' || !('consequent' in statement)) return false
  const consequent = statement.consequent as { readonly type: string; readonly argument?: unknown }
  return consequent.type === 'ReturnStatement' && !consequent.argument
}

const files = sourceFiles('test').filter(({ path }) => /\.test\.ts$|^test\/contracts\//.test(path))
const tests = files.flatMap(({ path }) => testsOf(path))

describe('the tests', () => {
  it('are found by the rules below', () => {
    expect(tests.length).toBeGreaterThan(1000)
    expect(tests.filter(({ title }) => title !== undefined).length).toBeGreaterThan(900)
  })

  it('fail when they have expected nothing, in a loop that never ran for instance', () => {
    expect(config.test?.expect?.requireAssertions).toBe(true)
  })

  it('leave nothing out without saying so: a test skips by name or not at all', () => {
    const silent = tests.filter(({ body }) => body.some(isSilentReturn))
    expect(silent.map(({ path, line }) => `${path}:${line}`)).toEqual([])
  })

  it('say why they are skipped where they may be, in a title that is put together', () => {
    const bare = sourceFiles('test').flatMap(({ path, text }) =>
      [...text.matchAll(/\.(?:skipIf|runIf)\(.*?\)\(\s*['"].*/g)].map(([found]) => `${path}: ${found}`),
    )
    expect(bare).toEqual([])
  })

  it('have titles of three words or more', () => {
    const short = tests.filter(({ title }) => title !== undefined && title.split(' ').length < 3)
    expect(short.map(({ path, line, title }) => `${path}:${line} ${title}`)).toEqual([])
  })

  it('measure no time: a busy machine takes long, and waiting takes the time of everybody', () => {
    const timed =
      /expect\([^\n]*(Date|performance)\.now\(\) -[^\n]*toBeLess|=> setTimeout\(resolve|\bsleep\(\d|memoryUsage\(\)\.rss/
    const found = files.filter(({ text }) => timed.test(text)).map(({ path }) => path)
    // They wait for other processes, which tell nobody when they have got far enough.
    expect(found.sort()).toEqual([
      'test/aws/machine.test.ts',
      'test/models/files/cache-processes.test.ts',
      'test/proof/batch.test.ts',
    ])
  })
})
