import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type DistillRequest, runDistillation } from '../../../scripts/distill/run.ts'
import { createTextSample } from '../../../scripts/distill/sample.ts'
import { StoppedError } from '../../../scripts/distill/vector-file.ts'
import { verifyModel } from '../../../scripts/models/verify.ts'
import { createRandom } from '../../../src/learning/random.ts'
import { createCatalog } from '../../../src/models/catalog/catalog.ts'
import type { Manifest } from '../../../src/models/catalog/manifest.ts'
import { createLocalEngine } from '../../../src/models/engine/in-process.ts'
import { createDirectoryStore } from '../../../src/storage/directory.ts'
import { normalizeRows } from '../../../src/vector/normalize.ts'
import { fixtureFolder, fixtureManifests } from '../../support/fixtures.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { hubModel, shippedFolder } from '../../support/shipped-model.ts'

/** Texts of the words that the fixture's tokenizer knows whole. */
function makeTexts(count: number): string[] {
  const file = JSON.parse(readFileSync(join(fixtureFolder, 'bert-float32', 'tokenizer.json'), 'utf8'))
  const words = Object.keys(file.model.vocab).filter((piece) => /^[a-z]{3,}$/.test(piece))
  const random = createRandom(5)
  return Array.from({ length: count }, () =>
    Array.from({ length: 2 + random.below(5) }, () => words[random.below(words.length)]!).join(' '),
  )
}

function corpusOf(texts: readonly string[]) {
  const sample = createTextSample(100_000)
  for (const text of texts) sample.add(text)
  return sample.finish()
}

const corpus = corpusOf(makeTexts(1300))
const manifests = [...fixtureManifests, hubModel]
const bar = { show: () => undefined, end: () => undefined }

function requestFor(change: Partial<DistillRequest> = {}): DistillRequest {
  const sources = [fixtureFolder, shippedFolder]
  const engine = createLocalEngine({
    manifests,
    stores: sources.map(createDirectoryStore),
    budgetBytes: 1e9,
    threads: 1,
    tokenBudget: 512,
  })
  onTestFinished(() => engine.close())
  return {
    core: { catalog: createCatalog(manifests), engine },
    sources,
    teacher: fixtureManifests.find(({ id }) => id === 'bert-float32')!,
    corpus,
    unreadable: 0,
    rated: {},
    vocabulary: 'teacher',
    role: undefined,
    dimensions: 24,
    seed: 1,
    name: 'acme-static-2026-11',
    out: temporaryFolder('distilled'),
    cache: temporaryFolder('vectors'),
    force: false,
    signal: new AbortController().signal,
    begin: () => bar,
    ...change,
  }
}

/** A teacher whose vectors are chance, so that nothing can be learned about texts that were not shown. */
function withChance(request: DistillRequest): DistillRequest {
  const { engine } = request.core
  const random = createRandom(3)
  const chance: typeof engine = {
    ...engine,
    async embed(job, context) {
      const found = await engine.embed(job, context)
      if (job.model === request.teacher.id) {
        found.vectors.data.forEach((_, at, data) => {
          data[at] = random.normal()
        })
        normalizeRows(found.vectors)
      }
      return found
    },
  }
  return { ...request, core: { ...request.core, engine: chance } }
}

const manifestIn = (out: string) => {
  const path = join(out, 'acme-static-2026-11', 'manifest.json')
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Manifest) : undefined
}

test('a student is nearer to its teacher than its start, on texts that it was not taught, and is served', async () => {
  const request = requestFor({ rated: { own: ratedBy(corpus.texts) } })
  const { report, written } = await runDistillation(request)
  const { student, start, bundled, smaller } = report.heldOut
  expect(student.similarities).toBeGreaterThan(start.similarities + 0.1)
  expect(student.neighbours).toBeGreaterThan(start.neighbours + 0.1)
  expect(student.similarities).toBeGreaterThan(bundled.similarities)
  expect(report.decision).toEqual({ ships: true, reasons: [] })
  expect(smaller).toEqual([])
  expect(report.texts).toMatchObject({ heldOut: 130, validation: 130, training: 1040 })
  expect(Object.keys(report.student.rated)).toEqual(['own'])
  expect(written).toEqual(manifestIn(request.out))
  expect(written?.learned).toMatchObject({
    side: 'distilled',
    base: 'bert-float32',
    data: { sha256: corpus.sha256 },
  })
  expect(await verifyModel(written!, request.out)).toEqual([
    { text: expect.any(String), cosine: expect.closeTo(1, 3) },
    { text: expect.any(String), cosine: expect.closeTo(1, 3) },
  ])
})

test('the same texts give the same bytes, and no file holds a text of theirs', async () => {
  const first = requestFor()
  const second = requestFor({ cache: first.cache })
  const [one, other] = [await runDistillation(first), await runDistillation(second)]
  // The revision is made of the hashes of graph and tokenizer; the report has times in it.
  expect(other.written?.revision).toBe(one.written?.revision)
  expect(other.written?.canaries).toEqual(one.written?.canaries)
  const folder = join(first.out, 'acme-static-2026-11')
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, name))
    expect(corpus.texts.filter((text) => bytes.includes(text))).toEqual([])
  }
})

test('a teacher of chance teaches nothing: its student is refused, and written only by force', async () => {
  const refused = withChance(requestFor())
  const { report, written } = await runDistillation(refused)
  expect(report.decision.ships).toBe(false)
  expect([written, manifestIn(refused.out)]).toEqual([undefined, undefined])
  const forced = await runDistillation({ ...refused, force: true })
  expect(forced.written?.learned?.forced).toBe(true)
})

test('a stop while the student learns keeps the best epoch so far', async () => {
  const stopped = new AbortController()
  const request = requestFor({
    signal: stopped.signal,
    force: true,
    begin: (label) => ({
      show(share) {
        if (label === 'student' && share > 0.3) stopped.abort()
      },
      end: () => undefined,
    }),
  })
  const { report, written } = await runDistillation(request)
  expect(report.stopped).toBe(true)
  expect(report.epoch).toBeGreaterThan(0)
  expect(report.epoch).toBeLessThan(5)
  expect(written?.id).toBe('acme-static-2026-11')
})

test('a stop before the teacher is through leaves its vectors alone, and no model', async () => {
  const request = requestFor({ signal: AbortSignal.abort() })
  await expect(runDistillation(request)).rejects.toThrow(StoppedError)
  expect(manifestIn(request.out)).toBeUndefined()
})

function ratedBy(texts: readonly string[]) {
  return texts.slice(0, 40).map((left, index) => ({ left, right: texts[index + 40]!, score: left.length }))
}
