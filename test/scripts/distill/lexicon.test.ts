import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { chooseLexicon, lostShare } from '../../../scripts/distill/choose-lexicon.ts'
import { type Lexicon, readLexicon } from '../../../scripts/distill/lexicon.ts'
import { fixtureFolder, fixtureManifests } from '../../support/fixtures.ts'
import { hubModel, shippedFolder } from '../../support/shipped-model.ts'

const fixture = (id: string) => fixtureManifests.find((manifest) => manifest.id === id)!
const sources = [fixtureFolder, shippedFolder]
const readFixture = (id: string) =>
  readLexicon(fixture(id), readFileSync(join(fixtureFolder, id, 'tokenizer.json'), 'utf8'))
const spell = ({ idsOf, spelled }: Lexicon, text: string) => Array.from(idsOf(text), (id) => spelled[id])

test.each(['bert-float32', 'xlm-roberta-float32', 'roberta-float32'])(
  'the pieces of %s are read without their marks, and special ones spell nothing',
  async (id) => {
    const lexicon = await readFixture(id)
    expect(spell(lexicon, 'the software engineer').join('')).toBe('thesoftwareengineer')
    expect(lexicon.spelled).not.toContain('[CLS]')
    expect(lexicon.spelled).not.toContain('<s>')
  },
)

test('the bundled vocabulary has Chinese words, which share rows with their characters', async () => {
  const lexicon = await chooseLexicon(
    'bundled',
    { bundled: hubModel, teacher: fixture('bert-float32') },
    [],
    sources,
  )
  expect(spell(lexicon, '软件工程师 nurse')).toEqual(['软件', '工程师', 'nurse'])
  const [word] = lexicon.idsOf('软件')
  const [character] = lexicon.idsOf('软')
  const common = lexicon.rows.rows[character!]![1]
  expect(Array.from(lexicon.rowsOf([word!]))).toContain(common)
  expect(lexicon.words.has('软件')).toBe(true)
})

test('left to itself the bundled vocabulary is taken, and the teacher’s where it reads more of the texts', async () => {
  const models = { bundled: hubModel, teacher: fixture('bert-float32') }
  const choose = (texts: readonly string[]) => chooseLexicon('auto', models, texts, sources)
  expect((await choose(['data engineer', '数据工程师', '資料工程師'])).of).toBe(hubModel.id)
  expect((await choose(['медсестра ночной смены'])).of).toBe(hubModel.id)
  expect((await chooseLexicon('teacher', models, ['nurse'], sources)).of).toBe('bert-float32')
})

test('lost letters are counted, not words', async () => {
  const lexicon = await chooseLexicon(
    'bundled',
    { bundled: hubModel, teacher: fixture('bert-float32') },
    [],
    sources,
  )
  expect(lostShare(lexicon, ['nurse 护士'])).toBe(0)
  expect(lostShare(lexicon, ['nurse', 'ночь!'])).toBeCloseTo(4 / 9, 9)
  expect(lostShare(lexicon, [])).toBe(0)
})
