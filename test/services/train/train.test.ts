import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Context, createContext, throwIfDone } from '../../../src/context.ts'
import { AppError } from '../../../src/errors.ts'
import type { Learner, LearningWork, LearnResult } from '../../../src/services/train/learner.ts'
import { createTrainService } from '../../../src/services/train/train.ts'
import { createMemoryStore } from '../../support/memory-store.ts'

const KEY = 'train/acme/learn.json'
const FILES = {
  [KEY]: Buffer.from('{"model": "jobs"}'),
  'train/acme/pairs.csv': Buffer.from('query,positiveId\n护士,RN\n'),
  'train/acme/labels.csv': Buffer.from('id,text\nRN,Nurse\n'),
}
const STEPS = ['seed-0', 'seed-1', 'seed-2']

/** A learner of three steps that counts how often each was done. */
function createLearner(decision: LearnResult['decision'] = 'learned') {
  const done: string[] = []
  const hooks = { before: async (_step: string, _context: Context) => {} }
  const learner: Learner = {
    async learn({ steps, output, startedAt }: LearningWork, context) {
      for (const step of STEPS) {
        if (await steps.read(step)) continue
        await hooks.before(step, context)
        throwIfDone(context)
        done.push(step)
        await steps.keep(step, Buffer.from(step))
      }
      const model = `jobs.acme-${startedAt.toISOString().slice(0, 7)}`
      await output.write(`${model}/manifest.json`, Buffer.from('{}'), {}, context)
      return { decision, reasons: [], model, written: [`${model}/manifest.json`] }
    },
  }
  return { learner, done, hooks }
}

type Fixture = ReturnType<typeof createFixture>

function createFixture(decision?: LearnResult['decision'], files: Record<string, Uint8Array> = FILES) {
  const objects: Record<string, Uint8Array> = { ...files }
  const store = createMemoryStore(objects)
  const { learner, done, hooks } = createLearner(decision)
  const service = createTrainService({ learner, mostAttempts: 2 })
  const run = (receiveCount = 1) =>
    service.run({ store, key: KEY, message: { id: 'm', receiveCount } }, createContext())
  return { objects, store, done, hooks, run }
}

/** The ends of all jobs by their keys, parsed. */
function endsIn({ objects }: Fixture) {
  const keys = Object.keys(objects).filter((key) => /_(SUCCESS|FAILED)\.json$/.test(key))
  return Object.fromEntries(
    keys.map((key) => [
      key.slice(key.lastIndexOf('/') + 1),
      JSON.parse(Buffer.from(objects[key]!).toString()),
    ]),
  )
}

describe('a learning job', () => {
  it('ends with what was decided, the files that it learned from and what it wrote', async () => {
    const fixture = createFixture()
    const { job, status } = await fixture.run()
    expect(status).toBe('learned')
    expect(endsIn(fixture)['_SUCCESS.json']).toMatchObject({
      decision: 'learned',
      job,
      input: {
        folder: 'train/acme/',
        files: [{ name: 'labels.csv' }, { name: 'learn.json' }, { name: 'pairs.csv' }],
      },
      written: [expect.stringMatching(/^jobs\.acme-\d{4}-\d{2}\/manifest\.json$/)],
    })
    const outside = Object.keys(fixture.objects).filter((key) => !/^(train\/acme|learned)\//.test(key))
    expect(outside).toEqual([])
  })

  it('that is refused by its own report has succeeded: the report is the result', async () => {
    const fixture = createFixture('refused')
    expect((await fixture.run()).status).toBe('refused')
    expect(endsIn(fixture)).toMatchObject({ '_SUCCESS.json': { decision: 'refused' } })
    expect(Object.keys(endsIn(fixture))).toEqual(['_SUCCESS.json'])
  })

  it('goes on where time ran out, and does no step twice', async () => {
    const fixture = createFixture()
    let left = 2
    fixture.hooks.before = async () => {
      left -= 1
      if (left < 0) throw new AppError('deadline_exceeded', 'Time is up.')
    }
    expect((await fixture.run()).status).toBe('unfinished')
    left = Number.POSITIVE_INFINITY
    expect((await fixture.run(2)).status).toBe('learned')
    expect(fixture.done).toEqual(STEPS)
  })

  it('is left as it is when its message comes again', async () => {
    const fixture = createFixture()
    await fixture.run()
    const before = JSON.stringify(fixture.objects)
    expect((await fixture.run(2)).status).toBe('learned')
    expect(JSON.stringify(fixture.objects)).toBe(before)
    expect(fixture.done).toEqual(STEPS)
  })

  it('has exactly one end, however its message is doubled and its workers die', async () => {
    const plan = fc.array(fc.record({ workers: fc.integer({ min: 1, max: 3 }), writes: fc.nat(12) }), {
      maxLength: 4,
    })
    await fc.assert(
      fc.asyncProperty(plan, async (rounds) => {
        const fixture = createFixture()
        const write = fixture.store.write
        let receiveCount = 1
        for (const { workers, writes } of rounds) {
          let left = writes
          fixture.store.write = async (...given) => {
            left -= 1
            if (left < 0) throw new AppError('upstream_failed', 'The worker is dead.')
            return write(...given)
          }
          await Promise.allSettled(Array.from({ length: workers }, () => fixture.run(receiveCount++)))
        }
        fixture.store.write = write
        const { status } = await fixture.run(receiveCount)
        const ends = Object.keys(endsIn(fixture))
        expect(ends).toHaveLength(1)
        expect(ends[0]).toBe(status === 'learned' ? '_SUCCESS.json' : '_FAILED.json')
      }),
      { numRuns: 60 },
    )
  })
})

describe('a learning job that cannot be done', () => {
  it('fails once with the field that is wrong, and its log line has no text of the pairs', async () => {
    const files = { ...FILES, [KEY]: Buffer.from('{"side": "张三 secret title"}') }
    const fixture = createFixture('learned', files)
    const { status, error } = await fixture.run()
    expect(status).toBe('failed')
    expect(endsIn(fixture)).toMatchObject({
      '_FAILED.json': { code: 'invalid_request', details: { field: 'side' } },
    })
    expect(error?.message).not.toContain('secret')
    expect(error?.message).toMatch(
      /has failed \(invalid_request\); learned\/acme-[0-9a-f]{16}\/_FAILED.json says why/,
    )
    expect([error?.cause, error?.details]).toEqual([undefined, { field: 'side' }])
  })

  it('tells of a defect by places in the code, not by the words of the error', async () => {
    const fixture = createFixture()
    fixture.hooks.before = async () => {
      throw new TypeError('cannot read 张三 of undefined')
    }
    const { status, error } = await fixture.run()
    expect(status).toBe('unfinished')
    expect(error?.message).toMatch(/TypeError at .*train\.test\.ts/)
    expect(error?.message).not.toContain('张三')
  })

  it('is given up when turn after turn ends without a step of progress', async () => {
    const fixture = createFixture()
    fixture.hooks.before = async (_, context) => {
      Object.assign(context, { deadline: Date.now() - 1 })
    }
    const later = []
    for (const receiveCount of [1, 2, 3]) later.push((await fixture.run(receiveCount)).status)
    expect(later).toEqual(['unfinished', 'unfinished', 'poisoned'])
    expect(endsIn(fixture)).toMatchObject({
      '_FAILED.json': {
        poisoned: true,
        message: expect.stringMatching(/2 times without a step of progress/),
      },
    })
  })

  it('whose files were replaced meanwhile fails, and the new files are a job of their own', async () => {
    const fixture = createFixture()
    fixture.hooks.before = async (step) => {
      if (step === 'seed-2')
        fixture.objects['train/acme/pairs.csv'] = Buffer.from('query,positiveId\n护士长,RN\n')
    }
    expect((await fixture.run()).status).toBe('failed')
    expect((await fixture.run()).status).toBe('learned')
    const jobs = Object.keys(fixture.objects).filter((key) => key.endsWith('/_END.json'))
    expect(jobs).toHaveLength(2)
  })

  it('that another version of its files took the place of is ended by the message that comes again', async () => {
    const fixture = createFixture()
    fixture.hooks.before = async () => {
      throw new AppError('upstream_failed', 'The bucket does not answer.')
    }
    const first = await fixture.run()
    fixture.objects['train/acme/labels.csv'] = Buffer.from('id,text\nRN,Registered nurse\n')
    fixture.hooks.before = async () => {}
    const second = await fixture.run(2)
    expect([first.status, second.status]).toEqual(['unfinished', 'learned'])
    const failed = JSON.parse(Buffer.from(fixture.objects[`learned/${first.job}/_FAILED.json`]!).toString())
    expect(failed).toMatchObject({ code: 'artifact_missing', message: expect.stringContaining(second.job!) })
  })

  it('whose learn.json is gone leaves nothing behind', async () => {
    const { [KEY]: _, ...others } = FILES
    const fixture = createFixture('learned', others)
    expect((await fixture.run()).status).toBe('gone')
    expect(Object.keys(fixture.objects).sort()).toEqual(Object.keys(others).sort())
  })
})
