import { describe, expect, it } from 'vitest'
import { batchSettings, choiceOf, hasEnded, NO_CHOICES } from '../../src/page/batch-shapes.ts'
import { codeSamples } from '../../src/page/code-samples.ts'
import { describeBytes, type ModelEntry, scoresByPair, speaks } from '../../src/page/model-entry.ts'
import { CHINESE } from '../../src/page/words/chinese.ts'
import { ENGLISH } from '../../src/page/words/english.ts'

/** All sentences, those with gaps filled by their own positions. */
function sentencesOf(words: unknown, path = ''): [string, string][] {
  if (typeof words === 'string') return [[path, words]]
  if (typeof words === 'function') return [[path, String(words(1, 2, 3, 4))]]
  return Object.entries(words as object).flatMap(([name, inner]) => sentencesOf(inner, `${path}.${name}`))
}

describe('the words of the page', () => {
  it('are the same ones in both languages', () => {
    expect(sentencesOf(CHINESE).map(([path]) => path)).toEqual(sentencesOf(ENGLISH).map(([path]) => path))
  })

  it('use every value of their gaps in both languages', () => {
    const gaps = (text: string) => [1, 2, 3, 4].filter((value) => text.includes(String(value)))
    const chinese = new Map(sentencesOf(CHINESE))
    for (const [path, text] of sentencesOf(ENGLISH)) {
      if (!/[1-4]/.test(text) || path.includes('Hint') || path === '.match.tooLarge') continue
      expect([path, gaps(chinese.get(path)!)]).toEqual([path, gaps(text)])
    }
    expect(chinese.size).toBeGreaterThan(100)
  })

  it('are Chinese in the Chinese page, but for names and what is written alike', () => {
    const latin = sentencesOf(CHINESE).filter(
      ([, text]) => /[a-z]/i.test(text) && !/\p{Script=Han}/u.test(text),
    )
    expect(latin.map(([path]) => path)).toEqual(['.name', '.tabs.api', '.match.kinds.json', '.api.title'])
  })
})

describe('programs to copy', () => {
  it('keep texts with quotes whole, for a shell and for both languages', () => {
    const texts = ['l\'ingénieur "data"', '护士']
    const [curl, python, typescript] = codeSamples({ base: 'http://h:1', model: 'm', texts, token: false })
    expect(curl!.code).toContain(`l'\\''ingénieur \\"data\\"`)
    expect(python!.code).toContain('"l\'ingénieur \\"data\\"",')
    expect(typescript!.code).toContain('"护士",')
    expect(curl!.code).not.toContain('authorization')
  })

  it('read the token from the environment where the server asks for one, and never show it', () => {
    const codes = codeSamples({ base: 'http://h:1', model: 'm', texts: ['a'], token: true }).map(
      ({ code }) => code,
    )
    expect(codes.every((code) => code.includes('AUTH_TOKEN'))).toBe(true)
  })
})

describe('what the page says of models', () => {
  const score = { languages: 'zh-en', task: 't', measure: 'MRR', on: 's', value: 0.5 }
  const model: ModelEntry = {
    languages: [],
    ...{
      id: 'm',
      aliases: [],
      task: 'embed',
      dimensions: 8,
      maxTokens: 8,
      license: 'MIT',
      precision: 'int8',
    },
    ...{ bytes: 1, loaded: false, memoryBytes: 0, lastUsedAt: null, quality: { note: '', scores: [] } },
  }

  it('groups scores by pairs of languages', () => {
    const en = { ...score, languages: 'en-en' }
    expect(scoresByPair([score, en, { ...score, value: 1 }])).toEqual([
      ['zh-en', [score, { ...score, value: 1 }]],
      ['en-en', [en]],
    ])
  })

  it('counts models of many languages to each', () => {
    expect(speaks({ ...model, languages: ['en'] }, 'zh')).toBe(false)
    expect(speaks({ ...model, languages: ['mul'] }, 'zh')).toBe(true)
    expect(speaks({ ...model, languages: ['en'] }, '')).toBe(true)
  })

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [9_984_778, '10.0 MB'],
    [13_069_112, '13 MB'],
    [586_777_351, '587 MB'],
    [1.5e9, '1.5 GB'],
  ])('writes %d bytes as %s', (bytes, said) => {
    expect(describeBytes(bytes)).toBe(said)
  })
})

describe('the choices for a batch', () => {
  it('send what was chosen, and leave the rest to the server', () => {
    expect(batchSettings({ ...NO_CHOICES, charset: 'big5', delimiter: '\t' })).toEqual({
      charset: 'big5',
      delimiter: '\t',
    })
  })

  it.each([
    ['textColumn', 'textColumn'],
    ['serverless_embeddings.text_column', 'textColumn'],
    ['charset', 'charset'],
    ['file', 'file'],
    [null, 'file'],
  ])('show a problem of %s beside %s', (param, choice) => {
    expect(choiceOf(param)).toBe(choice)
  })

  it('know when nothing of a batch changes any more', () => {
    expect(['completed', 'failed', 'cancelled', 'expired'].every((status) => hasEnded({ status }))).toBe(true)
    expect(hasEnded({ status: 'in_progress' })).toBe(false)
  })
})
