import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runModelCommand } from '../../../scripts/models/commands.ts'
import { temporaryFolder } from '../../support/folders.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const catalogs = join(root, 'src', 'models', 'catalog')
const file = join(root, 'test', 'fixtures', 'llm', 'stories-llama.gguf')

/** Adds a file to copies of the catalogs under a name, and gives that of language models before and after. */
async function addAs(id: string) {
  const folder = temporaryFolder('llm-names-')
  const [catalog, generators] = [join(folder, 'catalog.json'), join(folder, 'generators.json')]
  copyFileSync(join(catalogs, 'catalog.json'), catalog)
  copyFileSync(join(catalogs, 'generators.json'), generators)
  const before = readFileSync(generators, 'utf8')
  await runModelCommand('add', [file], {
    ...{ catalog, generators, folder, lock: join(folder, 'lock.json'), programs: folder, others: [] },
    ...{ id, set: ['chat={"format":"chatml"}'], environment: {}, print: () => {} },
  })
  return { before, after: readFileSync(generators, 'utf8') }
}

test.each([
  'SmolLM2-135M-Instruct',
  'smollm2-135m-instruct',
  'Baichuan-7B-Chat',
  'jobs-static',
  'all-MiniLM-L6-v2',
])('does not add a language model as %s, which is another model already', async (id) => {
  await expect(addAs(id)).rejects.toThrow(/has a model .* already; choose another --id/)
})

test('leaves the other language models of the catalog as they are written', async () => {
  const { before, after } = await addAs('mine')
  expect(after.startsWith(before.trimEnd().slice(0, -1).trimEnd())).toBe(true)
  expect(JSON.parse(after)).toHaveLength(JSON.parse(before).length + 1)
})
