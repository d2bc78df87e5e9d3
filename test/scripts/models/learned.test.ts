import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addManifest, addModel } from '../../../scripts/layers/models.ts'
import { runModelCommand } from '../../../scripts/models/commands.ts'
import { openModelBook, requirePinned, withBases } from '../../../scripts/models/places.ts'
import { createContext } from '../../../src/context.ts'
import { openEngine } from '../../../src/models/engine/open.ts'
import { fixtureFolder, fixtureManifests } from '../../support/fixtures.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { learnMap } from '../../support/learned.ts'

const base = fixtureManifests.find(({ id }) => id === 'bert-int8')!

/** A folder with a map that was learned on a fixture, beside the folder of the fixtures, and a catalog that has its base. */
async function openPlaces() {
  const folder = temporaryFolder('models')
  const catalog = join(temporaryFolder('catalog'), 'catalog.json')
  writeFileSync(catalog, JSON.stringify([{ ...base, aliases: ['quick'] }]))
  const manifest = await learnMap(folder, base, 'query', {
    name: 'quick.acme',
    forced: true,
    report: { gain: 0.1 },
  })
  const printed: string[] = []
  const settings = {
    catalog,
    lock: join(folder, 'models.lock.json'),
    folder,
    others: [fixtureFolder],
    environment: {},
    print: (line: string) => void printed.push(line),
  }
  const run = (command: string, ...names: string[]) => runModelCommand(command, names, settings)
  return { folder, settings, manifest, run, text: () => printed.join('\n') }
}

test('lists what was learned with its base, its folder and that it was forced, and what is wrong beside it', async () => {
  const { folder, run, text, manifest } = await openPlaces()
  mkdirSync(join(folder, 'broken'))
  writeFileSync(join(folder, 'broken', 'manifest.json'), '[]')
  await run('list')
  expect(text()).toMatch(new RegExp(`${manifest.id} \\(learned on bert-int8, forced\\).*${folder}`))
  expect(text()).toMatch(/broken\/manifest\.json is wrong at id/)
})

test('verifies the files of a map and of its base, each in its folder', async () => {
  const { folder, run, text, manifest } = await openPlaces()
  await run('verify', manifest.id)
  expect(text()).toMatch(`${manifest.id}: ${manifest.files.length} files as pinned, loads`)
  writeFileSync(join(folder, manifest.id, 'report.json'), '{}')
  await expect(run('verify')).rejects.toThrow(/File report\.json .*is not the one in its manifest/)
})

test('pushes a map with its base, the manifest last, and from there it is served', async () => {
  const { run, text, manifest } = await openPlaces()
  const target = temporaryFolder('pushed')
  await run('push', target, manifest.id)
  const uploaded = text()
    .split('\n')
    .map((line) => /\/([\w.-]+\/[\w.-]+) /.exec(`${line} `)?.[1])
  expect(uploaded.at(-1)).toBe(`${manifest.id}/manifest.json`)
  expect(uploaded).toContain('bert-int8/model.onnx')
  expect(uploaded).not.toContain(`${manifest.id}/model.onnx`)
  const engine = openEngine({
    manifests: [base, manifest],
    sources: [target],
    budgetBytes: 1e8,
    threads: 1,
    tokenBudget: 64,
  })
  const job = { model: manifest.id, inputs: ['the dog'], options: { role: 'query' } }
  expect((await engine.embed(job, createContext())).vectors.rows).toBe(1)
  await engine.close()
  await run('push', target)
  expect(text().split('\n').at(-1)).toMatch(/^there already/)
})

test('refuses to pull what is on no hub, and removes its folder', async () => {
  const { folder, run, manifest } = await openPlaces()
  await expect(run('pull', manifest.id)).rejects.toThrow(/describes itself in its folder and is on no hub/)
  await run('remove', manifest.id)
  expect(existsSync(join(folder, manifest.id))).toBe(false)
})

test('refuses to verify or push a map whose base is here in another revision', async () => {
  const { settings, run, manifest } = await openPlaces()
  writeFileSync(settings.catalog, JSON.stringify([{ ...base, revision: 'd'.repeat(40) }]))
  for (const command of [
    () => run('verify', manifest.id),
    () => run('push', temporaryFolder('never'), manifest.id),
  ])
    await expect(command()).rejects.toThrow(/was learned on bert-int8@.*; bert-int8 is here as dddd/)
})

test('puts a map, its manifest and its base into a layer, from which the layer serves it', async () => {
  const { folder, settings, manifest } = await openPlaces()
  const layer = temporaryFolder('layer')
  const sources = [folder, fixtureFolder]
  const book = openModelBook(settings, sources)
  const chosen = withBases(book, [requirePinned(book, book.find(manifest.id))])
  expect(chosen.map(({ id }) => id)).toEqual([base.id, manifest.id])
  for (const model of chosen) await addModel(model, sources, layer)
  addManifest(manifest.id, sources, layer)
  expect(openModelBook(settings, [layer]).described.get(manifest.id)).toEqual(manifest)
  expect(existsSync(join(layer, manifest.id, 'model.onnx'))).toBe(false)
  expect(existsSync(join(layer, base.id, 'model.onnx'))).toBe(true)
})
