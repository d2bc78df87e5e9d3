import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import packageFile from '../../package.json' with { type: 'json' }
import lock from '../../package-lock.json' with { type: 'json' }
import { describeLicences, shippedPackages } from '../../scripts/licences/licences.ts'
import { root } from '../house/source.ts'

test('the page of licences is current with package-lock.json and the packages', () => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['scripts/run.mjs', 'scripts/licences.ts', '--check'],
    { cwd: root, encoding: 'utf8' },
  )
  expect([stderr, status]).toEqual(['', 0])
  expect(stdout).toContain('docs/third-party-licences.md is up to date.')
})

test('all that is shipped is named, tools are not', () => {
  const names = shippedPackages(lock).map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(Object.keys(packageFile.dependencies)))
  expect(names).toEqual(expect.arrayContaining(['preact', 'd3-scale', 'd3-array', 'swagger-ui-dist']))
  expect(names.filter((name) => ['vitest', 'typescript', 'esbuild', '@scarf/scarf'].includes(name))).toEqual(
    [],
  )
})

test('nothing is shipped under a licence that asks for more than a notice', () => {
  const free = /^(MIT|ISC|0BSD|Unlicense|Apache-2\.0|BSD-[23]-Clause|\(MIT OR CC0-1\.0\))$/
  expect(shippedPackages(lock).filter(({ licence }) => !free.test(licence))).toEqual([])
})

test('a text that two packages share stands once, in a fence that it cannot end', () => {
  const lockFile = {
    packages: {
      '': {},
      'node_modules/a': { version: '1.0.0', license: 'MIT' },
      'node_modules/b': { version: '2.0.0', license: 'MIT' },
      'node_modules/tool': { version: '3.0.0', dev: true },
    },
  }
  const page = describeLicences(shippedPackages(lockFile), () => 'Do ```anything```\r\n')
  expect(page).toContain('| a | 1.0.0 | MIT | programs |\n| b | 2.0.0 | MIT | programs |\n\n')
  expect(page).toContain('### a, b\n\n````text\nDo ```anything```\n````')
  const unnamed = { packages: { 'node_modules/c': { version: '1.0.0' } } }
  expect(() => shippedPackages(unnamed)).toThrow('c names no licence')
})
