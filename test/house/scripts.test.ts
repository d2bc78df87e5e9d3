import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root, sourceFiles } from './source.ts'

const product = ['src', 'functions'].flatMap(sourceFiles)
const scripts = sourceFiles('scripts')

/** Loaded by serverless.yml, by vitest.config.ts, by the page's build; the functions are loaded by Lambda. */
const TAKEN_ELSEWHERE = [
  'scripts/deploy/plugin.ts',
  'scripts/skipped-reporter.ts',
  'src/page/view/shims/node-buffer.ts',
  'src/page/view/shims/node-crypto.ts',
]

/** The first way from a file back to itself along imports, or undefined. */
function circleFrom(start: string, imports: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const from = new Map<string, string>()
  const open = [start]
  for (let file = open.shift(); file !== undefined; file = open.shift()) {
    for (const target of imports.get(file) ?? []) {
      if (target === start) {
        const path = [start]
        for (let step: string | undefined = file; step !== undefined; step = from.get(step))
          path.unshift(step)
        return path
      }
      if (from.has(target)) continue
      from.set(target, file)
      open.push(target)
    }
  }
  return undefined
}

describe('scripts and the product', () => {
  it('import nothing from tests, and the product nothing from scripts', () => {
    const wrong = [
      ...[...product, ...scripts].map((file) => [file, 'test/'] as const),
      ...product.map((file) => [file, 'scripts/'] as const),
    ].flatMap(([file, folder]) =>
      file.imports.filter((target) => target.startsWith(folder)).map((target) => `${file.path} → ${target}`),
    )
    expect(wrong).toEqual([])
  })

  it('have no imports in a circle', () => {
    const imports = new Map([...product, ...scripts].map(({ path, imports: targets }) => [path, targets]))
    const circles = [...imports.keys()].flatMap((path) => circleFrom(path, imports)?.join(' → ') ?? [])
    expect(circles).toEqual([])
  })

  it('export no value and no type that no other file takes', () => {
    const everything = [...product, ...scripts, ...sourceFiles('test')]
    const taken = new Set(everything.flatMap((file) => file.taken))
    const unused = everything
      .filter(({ path }) => !path.startsWith('functions/') && !TAKEN_ELSEWHERE.includes(path))
      .flatMap(({ path, exports }) => exports.map((name) => [path, name]))
      .filter(([path, name]) => !taken.has(`${path} ${name}`) && !taken.has(`${path} *`))
    expect(unused).toEqual([])
  })

  it('are named by commands of package.json that exist', () => {
    const { scripts: commands } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const named = Object.values<string>(commands).flatMap(
      (command) => command.match(/scripts\/[\w-]+\.ts/g) ?? [],
    )
    expect(named.filter((path) => !scripts.some((file) => file.path === path))).toEqual([])
    // npm runs no script called pre… or post… here, since .npmrc has ignore-scripts.
    const skipped = Object.keys(commands).filter((name) => /^(pre|post)./.test(name))
    expect(skipped).toEqual([])
  })
})
