import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { buildLlamaFolder, llamaFiles, llamaModules } from '../../../scripts/layers/llama.ts'
import { temporaryFolder } from '../../support/folders.ts'

const PACKAGES: Readonly<Record<string, string>> = {
  'node-llama-cpp/package.json': '{}',
  'node-llama-cpp/dist/index.js': 'export {}',
  'node-llama-cpp/dist/index.d.ts': 'export {}',
  'node-llama-cpp/dist/index.js.map': '{}',
  'node-llama-cpp/LICENSE': 'MIT',
  'node-llama-cpp/README.md': '# llama',
  'node-llama-cpp/llama/binariesGithubRelease.json': '{}',
  'node-llama-cpp/llama/gitRelease.bundle': 'x',
  'node-llama-cpp/llama/addon/addon.cpp': 'x',
  'node-llama-cpp/templates/packed/a.json': '{}',
  'cmake-js/lib/index.js': 'x',
  'bytes/index.js': 'x',
  '.package-lock.json': '{}',
  '@node-llama-cpp/linux-x64/package.json': '{}',
  '@node-llama-cpp/linux-x64/bins/linux-x64/llama-addon.node': 'native',
  '@node-llama-cpp/linux-x64/bins/linux-x64/libllama.v0.5.0.so': 'native',
  '@node-llama-cpp/linux-arm64/bins/linux-arm64/llama-addon.node': 'native',
  '@node-llama-cpp/win-x64/bins/win-x64/llama-addon.node': 'native',
}

function installed(packages = PACKAGES): string {
  const modules = temporaryFolder('llama-modules')
  for (const [path, text] of Object.entries(packages)) {
    mkdirSync(dirname(join(modules, path)), { recursive: true })
    writeFileSync(join(modules, path), text)
  }
  return modules
}

const install = () => {}

it('takes the binaries of one platform, the programs and the licences, and leaves what compiles', () => {
  expect(llamaFiles(installed(), 'x64').map(({ path }) => path)).toEqual([
    '@node-llama-cpp/linux-x64/bins/linux-x64/libllama.v0.5.0.so',
    '@node-llama-cpp/linux-x64/bins/linux-x64/llama-addon.node',
    '@node-llama-cpp/linux-x64/package.json',
    'bytes/index.js',
    'node-llama-cpp/LICENSE',
    'node-llama-cpp/dist/index.js',
    'node-llama-cpp/llama/binariesGithubRelease.json',
    'node-llama-cpp/package.json',
  ])
})

it('puts them where a program finds them, and nothing else stays there', () => {
  const folder = temporaryFolder('llama-folder')
  writeFileSync(join(folder, 'old.txt'), 'old')
  buildLlamaFolder('arm64', folder, { modules: installed(), install })
  const addon = '@node-llama-cpp/linux-arm64/bins/linux-arm64/llama-addon.node'
  expect(readFileSync(join(folder, 'node_modules', addon), 'utf8')).toBe('native')
  expect(() => readFileSync(join(folder, 'old.txt'))).toThrow('ENOENT')
})

it('says which command failed where there are no binaries, and refuses what no package may hold', () => {
  const folder = temporaryFolder('llama-folder')
  const none = installed({ 'node-llama-cpp/package.json': '{}' })
  expect(() => buildLlamaFolder('x64', folder, { modules: none, install })).toThrow(
    /linux\/x64 is not in .*"node scripts\/install-llm-runtime\.mjs --arch x64" did not put it there/,
  )
  const large = installed({ ...PACKAGES, '@node-llama-cpp/linux-x64/huge.so': 'x'.repeat(45_000_000) })
  expect(() => buildLlamaFolder('x64', folder, { modules: large, install })).toThrow(
    /has 450000\d\d bytes; expected at most 45000000/,
  )
})

it('looks where the installer puts the runtime of another processor', () => {
  const other = process.arch === 'arm64' ? 'x64' : 'arm64'
  expect(llamaModules(other)).toBe(join('.cache', `llm-linux-${other}`, 'node_modules'))
})
