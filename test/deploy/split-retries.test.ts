import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runStateMachine, type StateMachine } from '../support/state-machine.ts'

const machine: StateMachine = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../scripts/deploy/split.asl.json'), 'utf8').replace(
    /"\$\{param:\w+, (\d+)\}"/g,
    '$1',
  ),
)
const event = { detail: { bucket: { name: 'files' }, object: { key: 'input/a.jsonl', etag: 'e' } } }
const ANSWERS: Readonly<Record<string, object>> = {
  plan: { job: 'j', bucket: 'files', items: 'output/j/_ranges.json' },
  work: { finished: true },
  finish: { rows: 1 },
  fail: {},
}

/** Runs the machine while one step fails so many times with an error of that name; says how it ended and what ran. */
async function runFailing(step: string, name: string, times: number, alsoFail?: string) {
  const steps: string[] = []
  const running = runStateMachine(machine, event, {
    async invoke(payload) {
      const current = (payload as { step: string }).step
      steps.push(current)
      const failed = steps.filter((other) => other === current).length
      if (current === alsoFail) throw Object.assign(new Error('wrong'), { name: 'invalid_request' })
      if (current === step && failed <= times) throw Object.assign(new Error('gone'), { name })
      return ANSWERS[current]!
    },
    readItems: async () => [{ number: 0, start: 0, end: 1 }],
  })
  const ended = await running.then(
    () => 'succeeded',
    (error: Error) => error.name,
  )
  return { ended, tries: steps.filter((other) => other === step).length, steps }
}

const CRASHES = ['Runtime.ExitError', 'Runtime.OutOfMemory', 'Sandbox.Timedout', 'Lambda.Unknown']
const THROTTLES = ['Lambda.TooManyRequestsException', 'Lambda.EC2ThrottledException']

describe.each(['plan', 'work', 'finish'])('the step %s of a large file', (step) => {
  test.each(CRASHES)('is tried five times more when its worker ends by %s', async (name) => {
    expect(await runFailing(step, name, 5)).toMatchObject({ ended: 'succeeded', tries: 6 })
    expect(await runFailing(step, name, 6)).toMatchObject({ ended: 'JobFailed', tries: 6 })
  })

  test.each(THROTTLES)('waits a hundred times for a free instance after %s', async (name) => {
    expect(await runFailing(step, name, 100)).toMatchObject({ ended: 'succeeded', tries: 101 })
    expect(await runFailing(step, name, 101)).toMatchObject({ ended: 'JobFailed', tries: 101 })
  })

  test('is not tried again when its caller made a mistake', async () => {
    expect(await runFailing(step, 'invalid_request', 1)).toMatchObject({ ended: 'JobFailed', tries: 1 })
  })
})

test.each(['plan', 'finish'])(
  'a failure of %s is written down although its writer fails too',
  async (step) => {
    for (const name of [...CRASHES, 'internal', 'not_a_known_name']) {
      const { ended, steps } = await runFailing('fail', name, 5, step)
      expect([name, ended, steps.filter((other) => other === 'fail').length]).toEqual([name, 'JobFailed', 6])
    }
  },
)

test('throttles wait from one minute to five, apart from all other errors', () => {
  const tasks = [
    ...Object.values(machine.States),
    ...Object.values(machine.States.EachRange!.ItemProcessor!.States),
  ].filter(({ Type }) => Type === 'Task')
  expect(tasks).toHaveLength(5)
  for (const { Retry } of tasks) {
    const [throttles, ...others] = Retry!
    expect(throttles).toMatchObject({ IntervalSeconds: 60, MaxDelaySeconds: 300, MaxAttempts: 100 })
    expect(throttles!.ErrorEquals).toEqual(expect.arrayContaining(THROTTLES))
    expect(others.flatMap(({ ErrorEquals }) => ErrorEquals)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/TooManyRequests|Throttled/)]),
    )
  }
})
