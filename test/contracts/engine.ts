import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { createContext } from '../../src/context.ts'
import type { Engine } from '../../src/models/engine/engine.ts'
import type { EngineSettings } from '../../src/models/engine/open.ts'
import { rowOf } from '../../src/vector/matrix.ts'
import { type TinyModels, writeTinyModels } from '../support/tiny-model.ts'

/** What every engine promises, wherever its models run. */
export function describeEngine(name: string, open: (settings: EngineSettings) => Engine): void {
  describe(name, () => {
    const models = writeTinyModels()
    const context = createContext()
    const engines: Engine[] = []
    const create = (parts: Partial<EngineSettings> = {}) => {
      const engine = open({ ...settingsOf(models), ...parts })
      engines.push(engine)
      return engine
    }
    const job = (inputs: readonly (string | number[])[], model = 'tiny') => ({ model, inputs, options: {} })
    const code = (expected: string, details = {}) =>
      expect.objectContaining({ code: expected, details: expect.objectContaining(details) })

    afterAll(async () => {
      await Promise.all(engines.map((engine) => engine.close()))
      models.remove()
    })

    test('makes one vector of length 1 for each input, in order', async () => {
      const engine = create()
      const texts = ['data engineer', 'nurse', '数据工程师', 'baker cook']
      const { vectors, tokens, truncated } = await engine.embed(job(texts), context)
      expect([vectors.rows, vectors.columns, tokens, truncated]).toEqual([4, 8, 10, 0])
      for (const [row, text] of texts.entries()) {
        const alone = await engine.embed(job([text]), context)
        expect(rowOf(vectors, row)).toEqual(rowOf(alone.vectors, 0))
        expect(Math.hypot(...rowOf(vectors, row))).toBeCloseTo(1, 6)
      }
    })

    test('a text has the same vector, whatever other texts are embedded with it', async () => {
      const engine = create()
      const alone = await engine.embed(job(['pilot']), context)
      const words = fc.constantFrom('data', 'nurse', 'pilot', '工', 'unheard')
      const text = fc.array(words, { minLength: 1, maxLength: 20 }).map((parts) => parts.join(' '))
      await fc.assert(
        fc.asyncProperty(fc.array(text, { maxLength: 30 }), async (others) => {
          const { vectors } = await engine.embed(job([...others, 'pilot']), context)
          expect(rowOf(vectors, others.length)).toEqual(rowOf(alone.vectors, 0))
        }),
        { numRuns: 20 },
      )
    })

    test('takes token ids as well as text, and the options of a job', async () => {
      const { vectors, truncated } = await create().embed(
        {
          model: 'tiny',
          inputs: [[2, 3], 'data '.repeat(100)],
          options: { dimensions: 4, normalize: false },
        },
        context,
      )
      expect([vectors.rows, vectors.columns, truncated]).toEqual([2, 4, 1])
      expect(vectors.data[0]).toBeCloseTo((Math.sin(17) + Math.sin(25)) / 2, 6)
    })

    test('makes no vectors of no inputs', async () => {
      const { vectors } = await create().embed(job([]), context)
      expect([vectors.rows, vectors.data.length]).toEqual([0, 0])
    })

    test('loads a model with its first job, once for all who ask at that time', async () => {
      const engine = create()
      const begun = Date.now()
      expect(engine.usage()).toEqual([])
      const results = await Promise.all(
        Array.from({ length: 10 }, () => engine.embed(job(['data']), context)),
      )
      const cold = results.filter((result) => result.coldStart)
      expect(cold).toHaveLength(1)
      expect(cold[0]!.loadMs).toBeGreaterThan(0)
      expect(cold[0]!.loadBytes).toBe(bytesOf(models, 'tiny'))
      const warm = await engine.embed(job(['data']), context)
      expect(warm).toMatchObject({ coldStart: false, loadMs: 0, loadBytes: 0, evictions: 0 })
      const [usage] = engine.usage()
      expect(usage).toMatchObject({ model: 'tiny', loaded: true, loads: 1, evictions: 0 })
      expect(usage!.memoryBytes).toBeGreaterThanOrEqual(bytesOf(models, 'tiny'))
      expect(usage!.lastUsedAt).toBeGreaterThanOrEqual(begun)
      expect(usage!.lastUsedAt).toBeLessThanOrEqual(Date.now())
    })

    test('counts the runs of a model by their size', async () => {
      const engine = create()
      await engine.embed(job(['data']), context)
      await engine.embed(job(['data', 'nurse', 'data']), context)
      const [usage] = engine.usage()
      expect(usage!.runs.inputs).toBe(4)
      expect(usage!.runs.bySize.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(2)
    })

    test('loads models before the first job when told to', async () => {
      const engine = create()
      await engine.preload(['tiny', 'other'], context)
      expect(loadedIn(engine)).toEqual(['tiny', 'other'])
      expect((await engine.embed(job(['data'], 'other'), context)).coldStart).toBe(false)
    })

    test('keeps to its memory: a model leaves for the next', async () => {
      const engine = create({ budgetBytes: 2 * bytesOf(models, 'tiny') })
      await engine.embed(job(['data']), context)
      const other = await engine.embed(job(['data'], 'other'), context)
      expect([other.coldStart, other.evictions]).toEqual([true, 1])
      expect(loadedIn(engine)).toEqual(['other'])
      expect(engine.usage()[0]).toMatchObject({ model: 'tiny', loads: 1, evictions: 1, memoryBytes: 0 })
      const tooSmall = create({ budgetBytes: 10 })
      await expect(tooSmall.embed(job(['data']), context)).rejects.toThrow(code('model_too_large'))
    })

    test('a job that fails says why, and harms no other', async () => {
      const engine = create()
      await expect(engine.embed(job(['data'], 'nothing'), context)).rejects.toThrow(code('unknown_model'))
      await expect(engine.embed(job(['data'], 'absent'), context)).rejects.toThrow(code('artifact_missing'))
      await expect(engine.preload(['absent'], context)).rejects.toThrow(code('artifact_missing'))
      const wrong = engine.embed(job(['data', [1, 99]]), context)
      await expect(wrong).rejects.toThrow(code('invalid_request', { field: 'input[1]' }))
      const long = { ...job(['data '.repeat(100)]), options: { truncate: false } as const }
      await expect(engine.embed(long, context)).rejects.toThrow(code('input_too_long', { maxTokens: 64 }))
      expect((await engine.embed(job(['data']), context)).vectors.rows).toBe(1)
    })

    describe('with a reranker', () => {
      const pairs = (query: string, texts: readonly string[], options = {}, model = 'judge') => ({
        model,
        query,
        texts,
        options,
      })

      test('scores each text for the query, in order, whatever shares its batch', async () => {
        const engine = create()
        const texts = ['nurse', '', 'baker '.repeat(30), 'data engineer']
        const result = await engine.score(pairs('data', texts), context)
        expect(Array.from(result.scores)).toEqual([6, 2, 152, 7])
        expect(result).toMatchObject({ tokens: 37, truncated: 0, coldStart: true })
        const single = await engine.score(pairs('data', texts, { deterministic: true }), context)
        expect(single.scores).toEqual(result.scores)
        expect(single.coldStart).toBe(false)
        expect((await engine.score(pairs('data', []), context)).scores).toHaveLength(0)
      })

      test('counts pairs that lose tokens, and refuses them when told to', async () => {
        const engine = create()
        const long = 'data '.repeat(100)
        const { tokens, truncated } = await engine.score(pairs('nurse', ['nurse', long]), context)
        expect([tokens, truncated]).toEqual([66, 1])
        await expect(
          engine.score(pairs('nurse', ['nurse', long], { truncate: false }), context),
        ).rejects.toThrow(code('input_too_long', { maxTokens: 64, field: 'texts[1]' }))
      })

      test('tells a task from another', async () => {
        const engine = create()
        await expect(engine.score(pairs('data', ['nurse'], {}, 'tiny'), context)).rejects.toThrow(
          code('unsupported_task', { model: 'tiny', task: 'embed' }),
        )
        await expect(engine.embed(job(['data'], 'judge'), context)).rejects.toThrow(
          code('unsupported_task', { model: 'judge', task: 'rerank' }),
        )
        await expect(engine.score(pairs('data', ['nurse'], {}, 'nothing'), context)).rejects.toThrow(
          code('unknown_model'),
        )
      })

      test('stops for a caller who has gone', async () => {
        const gone = createContext({ signal: AbortSignal.abort() })
        await expect(create().score(pairs('data', ['nurse']), gone)).rejects.toThrow(
          code('deadline_exceeded'),
        )
      })
    })

    test('shows the tokens of texts without the model', async () => {
      const engine = create()
      const shown = { model: 'tiny', texts: ['Data 工', ''], specialTokens: true, maxBytes: 1000 }
      expect(JSON.parse(Buffer.from(await engine.tokenize(shown, context)).toString())).toEqual([
        [
          { id: 2, text: 'Data', special: false, start: 0, stop: 4 },
          { id: expect.any(Number), text: '工', special: false, start: 5, stop: 8 },
        ],
        [],
      ])
      expect(engine.usage()).toEqual([])
      await expect(engine.tokenize({ ...shown, model: 'nothing' }, context)).rejects.toThrow(
        code('unknown_model'),
      )
      await expect(engine.tokenize({ ...shown, model: 'absent' }, context)).rejects.toThrow(
        code('artifact_missing'),
      )
      const none = await engine.tokenize({ ...shown, texts: [] }, context)
      expect(Buffer.from(none).toString()).toBe('[]')
      await expect(engine.tokenize({ ...shown, maxBytes: 60 }, context)).rejects.toThrow(
        code('payload_too_large'),
      )
    })

    test('does not begin for a caller who has gone, or after the deadline', async () => {
      const engine = create()
      const gone = createContext({ signal: AbortSignal.abort() })
      const late = createContext({ deadline: Date.now() - 1 })
      await expect(engine.embed(job(['data']), gone)).rejects.toThrow(code('deadline_exceeded'))
      await expect(engine.embed(job(['data']), late)).rejects.toThrow(code('deadline_exceeded'))
    })

    test('stops in the middle of a long job when the caller goes, and serves the next one', async () => {
      const engine = create({ tokenBudget: 1 })
      await engine.preload(['tiny'], context)
      const caller = new AbortController()
      // So many runs of the graph that the next turn of this thread finds them under way on every machine.
      const texts = Array.from({ length: 200_000 }, () => 'data')
      const answer = engine.embed(job(texts), createContext({ signal: caller.signal }))
      setImmediate(() => caller.abort())
      await expect(answer).rejects.toThrow(code('deadline_exceeded'))
      expect((await engine.embed(job(['data']), context)).coldStart).toBe(false)
    })

    test('can be closed when it has run, and when it has not', async () => {
      const used = open(settingsOf(models))
      await used.embed(job(['data']), context)
      await expect(used.close()).resolves.toBeUndefined()
      expect(loadedIn(used)).toEqual([])
      await expect(open(settingsOf(models)).close()).resolves.toBeUndefined()
    })
  })
}

/** Settings over the small models, with room for all of them. */
export function settingsOf({ manifests, folder }: TinyModels): EngineSettings {
  return { manifests, sources: [folder], budgetBytes: 1e8, threads: 1, tokenBudget: 256 }
}

function loadedIn(engine: Engine): string[] {
  return engine.usage().flatMap(({ model, loaded }) => (loaded ? [model] : []))
}

function bytesOf({ manifests }: TinyModels, id: string): number {
  const { files } = manifests.find((manifest) => manifest.id === id)!
  return files.reduce((sum, file) => sum + file.bytes, 0)
}
