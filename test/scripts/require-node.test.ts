import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import packageFile from '../../package.json' with { type: 'json' }
import { readText } from '../support/markdown.ts'

/** What the check says to a Node of a version, and the status that it ends with. */
function check(node: string): { said: string[]; status: number | undefined } {
  const said: string[] = []
  let status: number | undefined
  const exit = (code: number) => {
    status = code
  }
  const console = { error: (line: string) => said.push(line) }
  runInNewContext(readText('scripts/require-node.cjs'), { process: { versions: { node }, exit }, console })
  return { said, status }
}

test.each(['16.20.2', '18.20.8', '20.9.0', '20.14.0'])(
  'Node %s is told in one sentence what is needed',
  (node) => {
    const { said, status } = check(node)
    expect(said).toEqual([
      `This needs Node ${packageFile.engines.node.slice(2)} or newer, and is run by ${node}; install Node 22 or 24.`,
    ])
    expect(status).toBe(1)
  },
)

test.each(['20.15.0', '20.20.2', '22.13.0', '24.0.0', '26.1.0', process.versions.node])(
  'Node %s is new enough, and the program runs',
  (node) => {
    expect(check(node)).toEqual({ said: [], status: undefined })
  },
)

test('every program checks before it imports anything else', () => {
  for (const path of ['scripts/run.mjs', 'scripts/test.mjs']) {
    expect(/^import (.*)$/m.exec(readText(path))![1]).toBe("'./require-node.cjs'")
  }
})

test('the READMEs name the least version', () => {
  for (const path of ['README.md', 'README.zh-CN.md']) {
    expect(readText(path)).toContain(`Node ${packageFile.engines.node.slice(2)}`)
  }
})
