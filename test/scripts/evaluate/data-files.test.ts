import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fetchData, requireData } from '../../../scripts/evaluate/data-files.ts'
import { readPublicTasks } from '../../../scripts/evaluate/ranking-tasks.ts'
import { allSamples } from '../../../scripts/evaluate/scores.ts'
import { createMatrix } from '../../../src/vector/matrix.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { sharedFolder, testWithShared } from '../../support/shared.ts'

test('data that is missing is told in sentences, with the command that fetches it', () => {
  const folder = temporaryFolder('no-data')
  writeFileSync(join(folder, 'here.csv'), '')
  expect(() => requireData(folder, ['here.csv'])).not.toThrow()
  const ask = () => requireData(folder, ['here.csv', 'stsb-en-dev.csv', 'LCQMC-dev.txt', 'mine.tsv'])
  expect(ask).toThrow(expect.objectContaining({ code: 'artifact_missing' }))
  expect(ask).toThrow(`has no stsb-en-dev.csv, LCQMC-dev.txt, mine.tsv; another one is named with --data`)
  expect(ask).toThrow(`Fetch stsb-en-dev.csv: npm run evaluate -- --fetch --data ${folder}`)
  expect(ask).toThrow('LCQMC-dev.txt is of the LCQMC corpus')
})

test('nothing is measured when something is missing', async () => {
  const folder = temporaryFolder('no-data')
  let asked = 0
  const embed = async () => {
    asked++
    return createMatrix(0, 1)
  }
  expect(() => allSamples(embed, folder, 'zh-en')).toThrow(
    'stsb-en-dev.csv, stsb-zh-dev.csv, zh/dev-titles.tsv',
  )
  expect(() => readPublicTasks(folder, 10)).toThrow('esco_occupations_en.csv')
  expect(asked).toBe(0)
})

test('a file that is fetched is held to its hash, and one that is there is left alone', async () => {
  const folder = temporaryFolder('fetched')
  writeFileSync(join(folder, 'stsb-en-dev.csv'), 'mine')
  const printed: string[] = []
  const fetching = fetchData(
    folder,
    (line) => printed.push(line),
    async () => Buffer.from('other bytes'),
  )
  await expect(fetching).rejects.toThrow(
    /stsb-zh-dev.csv is not the file that was measured with: expected SHA-256/,
  )
  expect(printed).toEqual(['stsb-en-dev.csv: there already'])
  expect(existsSync(join(folder, 'stsb-zh-dev.csv'))).toBe(false)
})

testWithShared(
  'every file that may be fetched is the one that is measured with here',
  ['data/stsb-en-dev.csv', 'data/job-titles-esco.csv'],
  async () => {
    const folder = temporaryFolder('fetched')
    const printed: string[] = []
    const local = async (url: string) => {
      const name = url.slice(url.lastIndexOf('/') + 1)
      const kept = { 'titles.csv': 'job-titles-esco.csv', 'occupations_en.csv': 'esco_occupations_en.csv' }[
        name
      ]
      return readFileSync(join(sharedFolder, 'data', kept ?? name))
    }
    await fetchData(folder, (line) => printed.push(line), local)
    expect(printed.filter((line) => / bytes from https:/.test(line))).toHaveLength(4)
    expect(printed.filter((line) => /not to be fetched; it is of/.test(line)).length).toBeGreaterThan(3)
    expect(existsSync(join(folder, 'esco_occupations_en.csv'))).toBe(true)
  },
)
