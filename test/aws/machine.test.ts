import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { at } from '../deploy/rules/template.ts'
import { callJson } from './call.ts'
import type { Ending } from './functions.ts'
import { arnOf, resolve } from './resolve.ts'
import { openStack, type Stack } from './stack.ts'
import { describeWithAws } from './tools.ts'

const ROWS = 600
const LINES = Array.from({ length: ROWS }, (_, index) =>
  JSON.stringify({ id: `r${index}`, text: `data engineer ${index} ${'x'.repeat(60)}` }),
)
const FILE = Buffer.from(`${LINES.join('\n')}\n`)

/** What happens to which step, how often. */
type Fault = readonly [step: string, ending: Ending, times: number]

const SURVIVED: readonly Fault[] = [
  ['plan', 'Runtime.ExitError', 1],
  ['plan', 'Sandbox.Timedout', 1],
  ['work', 'Runtime.ExitError', 4],
  ['work', 'Sandbox.Timedout', 1],
  ['work', 'Lambda.Unknown', 1],
  ['work', 'throttled', 40],
  ['finish', 'Runtime.ExitError', 1],
  ['finish', 'Sandbox.Timedout', 1],
  ['finish', 'throttled', 12],
]

describeWithAws('the state machine of the packaged template, with the real door of ranges', (python) => {
  let stack: Stack
  let stateMachineArn: string
  let files = 0
  const ask = <Answer>(action: string, body: object) =>
    callJson<Answer>(stack.endpoint, 'states', action, body)

  beforeAll(async () => {
    stack = await openStack(python)
    const { template } = stack
    const { Properties } = template.Resources.SplitStateMachine!
    const values = Object.entries(at(Properties, 'DefinitionSubstitutions') as object)
    const definition = values.reduce(
      (text, [name, value]) => text.replaceAll(`\${${name}}`, String(resolve(template, value))),
      // moto's reader of the language wants a number with a point.
      String(at(Properties, 'DefinitionString')).replace(
        /"ToleratedFailurePercentage":\s*0\b/,
        '"ToleratedFailurePercentage":0.0',
      ),
    )
    const made = { name: 'split', definition, roleArn: arnOf(template, 'SplitStatesRole') }
    const answer = await ask<{ stateMachineArn: string }>('CreateStateMachine', made)
    stateMachineArn = answer.stateMachineArn
  }, 600_000)
  afterAll(() => stack?.close())

  /** Drops a file, starts the machine as EventBridge does, and waits for its end. */
  async function run(): Promise<{ status: string; folder: string }> {
    const { data } = stack
    const key = `input/jobs-static/file-${files++}.jsonl`
    await data.put(key, FILE)
    const [{ etag } = { etag: '' }] = await data.list(key)
    const object = { key, etag: etag.replaceAll('"', ''), size: FILE.byteLength }
    const input = JSON.stringify({ detail: { bucket: { name: data.name }, object } })
    const start = { stateMachineArn, input, name: `run-${files}` }
    const { executionArn } = await ask<{ executionArn: string }>('StartExecution', start)
    for (;;) {
      await sleep(200)
      const { status } = await ask<{ status: string }>('DescribeExecution', { executionArn })
      if (status === 'RUNNING') continue
      const found = await data.list('output/')
      const ours =
        found.map((object) => object.key).find((name) => name.includes(`file-${files - 1}.jsonl-`)) ?? ''
      return { status, folder: ours.split('/').slice(0, 2).join('/') }
    }
  }

  /** Row numbers of all shards in order. */
  async function rowsOf(folder: string): Promise<number[]> {
    const shards = (await stack.data.list(`${folder}/part-`)).map(({ key }) => key).sort()
    const texts = await Promise.all(shards.map((key) => stack.data.text(key)))
    return texts.flatMap((text) =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).index as number),
    )
  }

  const spoil = (...faults: readonly Fault[]) => {
    const left = faults.map(([step, ending, times]) => ({ step, ending, times }))
    stack.functions.spoil(({ step }) => {
      const fault = left.find((each) => each.step === step && each.times > 0)
      if (!fault) return undefined
      fault.times--
      return fault.ending
    })
  }

  it('turns a file into its rows, each once and in order, over several ranges', {
    timeout: 300_000,
  }, async () => {
    spoil()
    const { status, folder } = await run()
    expect(status).toBe('SUCCEEDED')
    expect(stack.functions.calls.filter((step) => step === 'work').length).toBeGreaterThan(2)
    expect(await rowsOf(folder)).toEqual(LINES.map((_, index) => index))
  })

  it.each(SURVIVED)('gets over %s that ends in %s, %i times', { timeout: 300_000 }, async (...fault) => {
    spoil(fault)
    const { status, folder } = await run()
    expect(status).toBe('SUCCEEDED')
    expect(await rowsOf(folder)).toEqual(LINES.map((_, index) => index))
  })

  it.each(['plan', 'work', 'finish'])(
    'says in _FAILED.json what ended a job when %s always dies',
    { timeout: 300_000 },
    async (step) => {
      spoil([step, 'Runtime.ExitError', Number.POSITIVE_INFINITY])
      const { status, folder } = await run()
      expect(status).toBe('FAILED')
      expect(stack.functions.calls.filter((each) => each === step).length).toBeGreaterThanOrEqual(6)
      const { message } = JSON.parse(await stack.data.text(`${folder}/_FAILED.json`))
      // moto goes on after a range that failed, where AWS ends the map: the last step misses its rows then.
      expect(message).toMatch(step === 'work' ? /Runtime\.ExitError|has no shard/ : /Runtime\.ExitError/)
    },
  )
})
