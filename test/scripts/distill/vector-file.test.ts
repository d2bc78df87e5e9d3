import { readdirSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CUT, StoppedError, teachVectors, UNKNOWN } from '../../../scripts/distill/vector-file.ts'
import { createRecordingEngine } from '../../support/engines.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { manifestOf } from '../../support/manifests.ts'

const texts = Array.from({ length: 600 }, (_, index) => (index === 3 ? '🙂' : 'x'.repeat(1 + (index % 50))))

function source(change: { readonly cache?: string; readonly role?: string } = {}) {
  const recording = createRecordingEngine()
  const stopped = new AbortController()
  const engine = {
    async embed(...[job, context]: Parameters<typeof recording.embed>) {
      const options = { ...job.options, dimensions: 4 }
      const found = await recording.embed({ ...job, options }, context)
      return { ...found, cut: Uint8Array.from(job.inputs, ({ length }) => (length === 50 ? 1 : 0)) }
    },
  }
  const manifest = manifestOf({ id: 'teacher', dimensions: 4 })
  const cache = temporaryFolder('vectors')
  return { recording, stopped, engine, manifest, role: undefined, cache, signal: stopped.signal, ...change }
}

test('vectors are computed once, and read in parts from then on', async () => {
  const first = source()
  const shown: number[] = []
  const vectors = await teachVectors(texts, first, (done) => shown.push(done))
  expect(shown).toEqual([0, 256, 512, 600])
  expect([vectors.rows, vectors.columns]).toEqual([600, 4])
  expect([...vectors.read(257, 259).data]).toEqual([8, 1, 0, 0, 9, 1, 0, 0])
  vectors.close()
  const again = source({ cache: first.cache })
  const known = await teachVectors(texts, again, () => undefined)
  expect(again.recording.jobs).toEqual([])
  expect([...known.read(0, 1).data]).toEqual([1, 1, 0, 0])
  known.close()
})

test('a text that the teacher cut or does not know is marked, and the unknown one has no vector', async () => {
  const vectors = await teachVectors(texts, source(), () => undefined)
  expect([vectors.states[0], vectors.states[3], vectors.states[49]]).toEqual([0, UNKNOWN, CUT])
  expect([...vectors.read(3, 4).data]).toEqual([0, 0, 0, 0])
  vectors.close()
})

test('after a stop the work goes on where it was, with the same vectors', async () => {
  const first = source()
  const partly = teachVectors(texts, first, (done) => {
    if (done === 256) first.stopped.abort()
  })
  await expect(partly).rejects.toThrow(StoppedError)
  const [part] = readdirSync(first.cache)
  // As a crash leaves it, within a row.
  truncateSync(join(first.cache, part!), 4 * 5 * 300 + 7)
  const again = source({ cache: first.cache })
  const vectors = await teachVectors(texts, again, () => undefined)
  expect(again.recording.jobs.map(({ inputs }) => inputs.length)).toEqual([256, 88])
  const whole = await teachVectors(texts, source(), () => undefined)
  expect(vectors.read(0, 600)).toEqual(whole.read(0, 600))
  for (const file of [vectors, whole]) file.close()
})

test('another role or other texts have a file of their own; one of a wrong size is refused', async () => {
  const first = source()
  for (const [list, role] of [
    [texts, undefined],
    [texts, 'query'],
    [texts.slice(1), undefined],
  ] as const) {
    const vectors = await teachVectors(list, { ...first, role }, () => undefined)
    vectors.close()
  }
  const files = readdirSync(first.cache)
  expect(files).toHaveLength(3)
  const sizes = files.map((file) => join(first.cache, file))
  for (const path of sizes) truncateSync(path, 8)
  await expect(teachVectors(texts, first, () => undefined)).rejects.toThrow(
    'has 8 bytes; expected 12000 for 600 vectors; delete it',
  )
})
