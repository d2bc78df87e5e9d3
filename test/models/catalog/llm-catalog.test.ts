import { describe, expect, it } from 'vitest'
import { parseGenerators } from '../../../src/models/catalog/generator-file.ts'
import { pinGenerators } from '../../../src/models/catalog/generator-pins.ts'
import shipped from '../../../src/models/catalog/generators.json' with { type: 'json' }
import { createGeneratorCatalog } from '../../../src/models/catalog/generators.ts'

const models = parseGenerators(JSON.stringify(shipped), 'generators.json')
const known = new Map(models.map((model) => [model.id, model]))
/** Everything pulled, as a lock file would have it. */
const pins = Object.fromEntries(
  models.flatMap((model) => {
    if (model.runtime === 'remote') return []
    const files = model.files.map(({ path, bytes = 1, sha256 = 'a'.repeat(64) }) => ({ path, bytes, sha256 }))
    const revision = model.revision ?? 'b'.repeat(40)
    return [[model.id, { revision, maxTokens: model.contextTokens, files, derived: [] }]]
  }),
)
const pulled = createGeneratorCatalog(pinGenerators(models, pins))

describe('the catalog of language models', () => {
  it.each([
    ['microsoft/DialoGPT-medium', 'DialoGPT-medium'],
    ['microsoft/DialoGPT-large', 'DialoGPT-large'],
    ['facebook/blenderbot-400M-distill', 'blenderbot-400M-distill'],
    ['facebook/blenderbot-1B-distill', 'blenderbot-1B-distill'],
    ['THUDM/chatglm-6b', 'chatglm-6b'],
    ['THUDM/chatglm2-6b', 'chatglm2-6b'],
    ['baichuan-inc/Baichuan-7B-Chat', 'Baichuan2-7B-Chat'],
    ['Qwen/Qwen-7B-Chat', 'Qwen-7B-Chat'],
  ])('has %s, which answers as %s', (name, id) => {
    expect(pulled.resolve(name, 'chat').id).toBe(id)
    expect(pulled.resolve(name.slice(name.indexOf('/') + 1), 'chat').id).toBe(id)
  })

  it.each(['DialoGPT-medium', 'DialoGPT-large', 'blenderbot-400M-distill', 'blenderbot-1B-distill'])(
    'never lets %s judge, and says what it was made for',
    (id) => {
      expect(() => pulled.resolve(id, 'judge')).toThrow(
        expect.objectContaining({
          code: 'unsupported_task',
          message: expect.stringMatching(/ade (to chat|for small)/),
        }),
      )
    },
  )

  it('says that Baichuan-7B-Chat does not exist, and what answers in its place', () => {
    expect(known.get('Baichuan2-7B-Chat')!.remarks[0]).toMatch(/Baichuan-7B-Chat does not exist/)
  })

  it('has chatglm-6b on another server alone', () => {
    expect(known.get('chatglm-6b')!.runtime).toBe('remote')
  })

  it('names a licence, languages and something to know before each is chosen', () => {
    const bare = models.filter(
      ({ license, languages, remarks }) => !license || languages.length === 0 || remarks.length === 0,
    )
    expect(bare.map(({ id }) => id)).toEqual([])
    const gemma = models.filter(({ id }) => id.startsWith('gemma'))
    expect(gemma.map(({ remarks }) => /Terms of Use/.test(remarks[0]!))).toEqual([true, true])
  })

  it('prefers files that this processor reads fast, and says where one is not', () => {
    const files = models.flatMap((model) => (model.runtime === 'gguf' ? [model] : []))
    const slow = files.filter(({ weights }) => !/q(4|8)_0\.gguf$/i.test(weights))
    expect(slow.map(({ id, remarks }) => [id, remarks.some((remark) => remark.includes('slower'))])).toEqual([
      ['SmolLM2-135M-Instruct', true],
    ])
  })

  it('never has a hash without the commit that it is of', () => {
    const loose = models.filter(
      (model) => model.runtime !== 'remote' && !model.revision && model.files.some(({ sha256 }) => sha256),
    )
    expect(loose.map(({ id }) => id)).toEqual([])
  })
})

describe('pins of language models', () => {
  const open = parseGenerators(JSON.stringify(shipped), 'generators.json').find(
    ({ id }) => id === 'DialoGPT-medium',
  )!
  const pin = pins['DialoGPT-medium']!

  it('fill in what the catalog leaves out', () => {
    expect(pinGenerators([open], pins)[0]).toMatchObject({ revision: pin.revision, files: pin.files })
    expect(pinGenerators([open], {})).toEqual([open])
  })

  it('count for nothing when they are of another commit, or of a model without files', () => {
    const moved = { ...open, revision: 'c'.repeat(40) }
    const remote = known.get('chatglm-6b')!
    expect(pinGenerators([moved, remote], { ...pins, 'chatglm-6b': pin })).toEqual([moved, remote])
  })
})
