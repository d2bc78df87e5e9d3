import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import packageFile from '../../package.json' with { type: 'json' }
import { root } from '../house/source.ts'
import { type Bundles, bundleAllDoors } from '../support/bundles.ts'
import { temporaryFolder } from '../support/folders.ts'

let doors: Bundles
/** As the published package is installed: programs, the model that ships, and the one dependency that is native. */
let installed: string
/** Somewhere else, where a user works. */
let work: string

beforeAll(async () => {
  doors = await bundleAllDoors()
  installed = join(temporaryFolder('installed'), 'package')
  cpSync(doors.path('.'), join(installed, 'dist'), { recursive: true })
  const model = join('layers', 'models', 'jobs-static-2')
  cpSync(join(root, model), join(installed, model), { recursive: true })
  cpSync(join(root, 'package.json'), join(installed, 'package.json'))
  mkdirSync(join(installed, 'node_modules'))
  for (const name of ['onnxruntime-node', 'onnxruntime-common']) {
    symlinkSync(join(root, 'node_modules', name), join(installed, 'node_modules', name), 'junction')
  }
  work = temporaryFolder('work')
  mkdirSync(work, { recursive: true })
})
afterAll(() => doors.remove())

const call = (...args: readonly string[]) => {
  const ended = spawnSync(process.execPath, [join(installed, 'dist', 'cli.js'), ...args], {
    cwd: work,
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  })
  return { out: ended.stdout, err: ended.stderr, status: ended.status }
}

it('is the command that the package names, and the programs that it would publish', () => {
  expect(packageFile.bin).toEqual({ 'serverless-embeddings': 'dist/cli.js' })
  expect(packageFile.private).toBe(true)
  expect(packageFile.files).toEqual(expect.arrayContaining(['dist', 'layers/models/jobs-static-2']))
})

it('lists its commands, and says which version it is', () => {
  const { out, status } = call('--help')
  for (const name of ['embed', 'match', 'batch', 'models', 'collections', 'serve']) {
    expect(out).toMatch(new RegExp(`^ {2}${name} {2,}\\S`, 'm'))
  }
  expect([call('--version').out.trim(), status]).toEqual([packageFile.version, 0])
})

it.each(['embed', 'match', 'batch', 'models', 'collections', 'serve'])(
  '%s has the same kind of help',
  (name) => {
    const { out, err, status } = call(name, '--help')
    expect(out).toContain(`Usage:\n  serverless-embeddings ${name}`)
    expect(out).toMatch(/\n\nOptions:\n[\s\S]+\n\nExamples:\n/)
    expect([err, status]).toEqual(['', 0])
  },
)

it('answers a misspelt command or option with the nearest one, and ends with 2', () => {
  expect(call('mtach')).toMatchObject({ status: 2, err: expect.stringContaining('did you mean "match"') })
  expect(call('match', '--flters', '{}')).toMatchObject({
    status: 2,
    err: expect.stringContaining('--filters?'),
  })
})

it('matches, embeds and works on files without anything of the checkout', () => {
  writeFileSync(join(work, 'resumes.csv'), 'id,职位\n1,护士\n2,厨师\n')
  const { out, status } = call('match', '--text', 'nurse', 'resumes.csv')
  expect(out).toMatch(/^1 .* 1 {3}护士$/m)
  expect(status).toBe(0)
  expect(call('embed', '--json', '护士').out).toContain('"model":"jobs-static-2"')
  expect(call('batch', 'run', 'resumes.csv', '--out', 'vectors')).toMatchObject({ status: 0 })
  expect(call('collections', 'build', 'resumes.csv')).toMatchObject({ status: 0 })
  expect(call('models', 'list').out).toMatch(/^jobs-static-2 .*/m)
})

it('serves on the port that it is told', async () => {
  const child = spawn(process.execPath, [join(installed, 'dist', 'cli.js'), 'serve', '--port', '0'], {
    cwd: work,
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [line] = await once(child.stdout, 'data')
    const [url] = /http:\/\/[\d.:]+/.exec(String(line))!
    expect((await fetch(`${url}/health`)).status).toBe(200)
  } finally {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
})
