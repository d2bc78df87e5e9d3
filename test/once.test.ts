import { describe, expect, it } from 'vitest'
import { once, onceEach } from '../src/once.ts'
import { sourceFiles } from './house/source.ts'

describe('once', () => {
  it('asks once for callers who come at the same time and later', async () => {
    let asked = 0
    const answer = once(async () => ++asked)
    expect(await Promise.all([answer(), answer()])).toEqual([1, 1])
    expect(await answer()).toBe(1)
  })

  it('forgets a failure, so that the next caller asks again', async () => {
    let asked = 0
    const answer = once(async () => {
      asked++
      if (asked === 1) throw new Error('not yet')
      return asked
    })
    const failures = await Promise.allSettled([answer(), answer()])
    expect(failures.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await answer()).toBe(2)
    expect(await answer()).toBe(2)
  })

  it('keeps an answer for each key', async () => {
    const asked: string[] = []
    const answer = onceEach(async (key: string) => asked.push(key))
    expect([await answer('a'), await answer('b'), await answer('a')]).toEqual([1, 2, 1])
    expect(asked).toEqual(['a', 'b'])
  })
})

/** Promises kept for one piece of work, whose failure ends that work: file by file, and why. */
const ENDS_WITH_ITS_WORK: Readonly<Record<string, string>> = {
  'src/collections/memory.ts': 'the last call about one collection, forgotten when it ends',
  'src/hosted-app.ts': 'what once gave last, to be closed with the server',
  'src/models/files/file-hash.ts': 'the hash of one file',
  'src/models/files/remote-manifests.ts':
    'the manifests that one request looks for at once, forgotten once it is answered',
  'src/models/generate/llama/llama-process.ts':
    'the process of one model, forgotten when it ends or cannot load',
  'src/models/generate/llama/serve.ts': 'the one model of a process, which ends where it cannot load it',
  'src/page/view/frame/model-list.tsx': 'the list of models, forgotten when it could not be had',
  'src/queue/consumer.ts': 'the loop of one consumer, which ends with it',
  'src/queue/hold.ts': 'the last prolongation of one message',
}

describe('every place that keeps a promise', () => {
  const KEPT = /let \w+: Promise<.*> \| undefined|Map<[^>]*, Promise</

  it('uses once, which forgets failures, or keeps it for one piece of work alone', () => {
    const places = ['src', 'functions']
      .flatMap(sourceFiles)
      .filter((file) => KEPT.test(file.text) && file.path !== 'src/once.ts')
      .map((file) => file.path)
    expect(places.sort()).toEqual(Object.keys(ENDS_WITH_ITS_WORK))
  })
})
