import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { bundleDoors, DOORS, MAX_BUNDLE_BYTES } from '../../scripts/bundle.ts'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'bundle-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('builds each door as one small CommonJS file that needs the native runtime and nothing else', async () => {
  const bundles = await bundleDoors(root, folder)
  expect(bundles.map(({ path }) => path)).toEqual(DOORS.map((door) => join(folder, `${door}.js`)))
  for (const { path, bytes } of bundles) {
    expect(bytes).toBeLessThanOrEqual(MAX_BUNDLE_BYTES)
    const required = [...readFileSync(path, 'utf8').matchAll(/\brequire\(\s*["'`]([^"'`]+)/g)].map(
      ([, name]) => name!,
    )
    const packages = required.filter((name) => !isBuiltin(name))
    expect(packages.every((name) => name.startsWith('onnxruntime-node/bin/'))).toBe(true)
  }
  expect(readFileSync(join(folder, 'package.json'), 'utf8')).toBe('{ "type": "commonjs" }\n')
})

test('fails when a door grows beyond the limit', async () => {
  await expect(bundleDoors(root, folder, 10_000)).rejects.toThrow(/expected at most 10000; look for a new/)
})
