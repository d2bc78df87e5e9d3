import { describe, expect, test } from 'vitest'
import packageFile from '../../package.json' with { type: 'json' }
import { readConfig } from '../../src/config.ts'
import { AppError, ERROR_CODES } from '../../src/errors.ts'
import { documentation } from '../../src/http/documentation/documentation.ts'
import { nativeDialect } from '../../src/http/errors.ts'
import { READ_HEADERS, SENT_HEADERS } from '../../src/http/header-names.ts'
import {
  batchDocumentation,
  fileDocumentation,
  modelDocumentation,
} from '../../src/http/hosted/documentation.ts'
import { embedRequest } from '../../src/http/schemas.ts'
import shipped from '../../src/models/catalog/catalog.json' with { type: 'json' }
import { createNames } from '../../src/models/catalog/catalog.ts'
import type { CatalogModel } from '../../src/models/catalog/manifest.ts'
import { jobSettings } from '../../src/services/batch/plan/settings.ts'
import { codeOf, partsOf, readText, tableWith } from '../support/markdown.ts'
import { MACHINE as machine, settingsRead } from '../support/settings.ts'

const models = shipped as CatalogModel[]
const names = createNames(models)

/** `6 MiB` and `2,048` as numbers; nothing for what is no number. */
function numberIn(text: string): number | undefined {
  const [, digits, unit] = /^([\d,]+)(?: (MiB|GiB))?$/.exec(text) ?? []
  if (!digits) return undefined
  return Number(digits.replaceAll(',', '')) * (unit === 'GiB' ? 1024 ** 3 : unit === 'MiB' ? 1024 ** 2 : 1)
}

const fieldOf = (setting: string) =>
  setting.toLowerCase().replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

/** Served where there are language models. */
const CHAT_ROUTE = 'POST /v1/chat/completions'

/** The README with the pages of reference that it leads to. */
const PAGES = ['api', 'settings', 'deploy', 'batch', 'models', 'CONTRIBUTING']

describe.each(['.md', '.zh-CN.md'])('README%s and its pages name', (ending) => {
  const readme = readText(`README${ending}`)
  const text = [readme, ...PAGES.map((page) => readText(`docs/${page}${ending}`))].join('\n')

  test('every one of these pages in the README, which has at most 200 lines', () => {
    expect(PAGES.filter((page) => !readme.includes(`](docs/${page}${ending}`))).toEqual([])
    expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(200)
  })

  test('exactly the settings that the program reads', () => {
    const named = tableWith(text, 'PORT').flatMap(([first]) => codeOf(first!))
    expect(named.sort()).toEqual(settingsRead())
  })

  test('the defaults that the program has', () => {
    const config: Record<string, unknown> = { ...readConfig({}, machine) }
    let compared = 0
    for (const [first, second] of tableWith(text, 'PORT')) {
      const values = partsOf(second!)
      for (const [index, setting] of codeOf(first!).entries()) {
        const said = values[index]?.replaceAll('`', '')
        const number = said === undefined ? undefined : numberIn(said)
        if (number === undefined && said !== 'jobs-static' && said !== 'false' && said !== '127.0.0.1')
          continue
        compared++
        expect([setting, String(number ?? said)]).toEqual([setting, String(config[fieldOf(setting)])])
      }
    }
    expect(compared).toBeGreaterThanOrEqual(12)
  })

  test('the largest answer, on Lambda and elsewhere', () => {
    const cell = tableWith(text, 'PORT').find(([first]) => first!.includes('MAX_RESPONSE_BYTES'))![1]!
    const lambda = readConfig({ AWS_LAMBDA_FUNCTION_NAME: 'f' }, machine)
    expect(cell).toContain(lambda.maxResponseBytes.toLocaleString('en'))
    expect(cell).toContain(`${readConfig({}, machine).maxResponseBytes / 1024 ** 2} MiB`)
  })

  test('every error code with its status', () => {
    const said = tableWith(text, 'invalid_request').flatMap(([codes, status, , more, other]) =>
      [
        [codes!, status!],
        [more!, other!],
      ].flatMap(([cell, value]) => codeOf(cell!).map((code) => [code, Number(value)])),
    )
    const real = ERROR_CODES.map((code) => [code, nativeDialect.statusOf(new AppError(code, ''))])
    expect(Object.fromEntries(said)).toEqual(Object.fromEntries(real))
  })

  test('exactly the routes that are served', () => {
    const named = Array.from(text.matchAll(/`((?:GET|POST|DELETE) \/[^\s`]*)`/g), ([, route]) =>
      route!.replaceAll(/\{(\w+)\}/g, ':$1'),
    )
    const hosted = { ...fileDocumentation, ...batchDocumentation, ...modelDocumentation }
    const served = [...Object.keys({ ...documentation, ...hosted }), CHAT_ROUTE]
    expect([...new Set(named)].sort()).toEqual(served.sort())
  })

  test('only headers that are sent or read', () => {
    const named = text
      .split('\n')
      .flatMap(codeOf)
      .filter((code) => /^(x-[a-z-]+|Server-Timing)$/.test(code))
    const known: readonly string[] = [...SENT_HEADERS, ...READ_HEADERS]
    expect(named.length).toBeGreaterThan(3)
    expect(named.filter((name) => !known.includes(name.toLowerCase()))).toEqual([])
  })

  test('exactly the fields of POST /embed', () => {
    const named = tableWith(text, 'deterministic').flatMap(([first]) => codeOf(first!))
    expect(named.sort()).toEqual(Object.keys(embedRequest.entries).sort())
  })

  test('exactly the settings of a batch job', () => {
    const named = tableWith(text, 'textColumn').flatMap(([first]) => codeOf(first!))
    expect(named.sort()).toEqual(Object.keys(jobSettings.entries).sort())
  })

  test('the aliases of each model, its dimensions and its size', () => {
    const rows = tableWith(text, 'fast').filter(([first]) => first !== '–')
    for (const [aliases, id, , dimensions, size] of rows) {
      const model = names.get(id!)!
      expect([id, codeOf(aliases!).sort()]).toEqual([id, [...model.aliases].sort()])
      expect([id, Number(dimensions)]).toEqual([id, model.dimensions])
      const bytes = model.files.find(({ path: file }) => file === model.graph)!.bytes!
      const whole = model.files.reduce((sum, file) => sum + file.bytes!, 0)
      const said = Number(/^(\d+) MB/.exec(size!)![1])
      expect([Math.round(bytes / 1e6), Math.round(whole / 1e6)]).toContain(said)
    }
    const more = Number(/(\d+)/.exec(tableWith(text, 'fast').find(([first]) => first === '–')![1]!)![1])
    expect(rows.length + more).toBe(models.length)
  })

  test('only models that the catalog has, in every example', () => {
    const named = [
      ...Array.from(text.matchAll(/models -- pull ([\w. -]+?)\s*(?:#|$)/gm), ([, list]) => list!.split(' ')),
      ...Array.from(text.matchAll(/--models? ([\w.,-]+)/g), ([, list]) => list!.split(',')),
      ...Array.from(text.matchAll(/"?model"?: ["']([\w.-]+)["']/g), ([, name]) => [name!]),
      ...Array.from(text.matchAll(/`([\w.-]+=[\w.-]+(?:,[\w.-]+=[\w.-]+)*)`/g), ([, pairs]) =>
        pairs!.split(',').map((pair) => pair.split('=')[1]!),
      ),
    ].flat()
    expect(named.length).toBeGreaterThan(6)
    expect(named.filter((name) => !names.has(name))).toEqual([])
  })

  test('only commands that npm has', () => {
    const named = Array.from(text.matchAll(/npm run ([\w:-]+)/g), ([, name]) => name!)
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((name) => !Object.hasOwn(packageFile.scripts, name))).toEqual([])
  })
})
