import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import packageFile from '../../package.json' with { type: 'json' }
import { bundleDoors } from '../../scripts/bundle.ts'

const root = join(import.meta.dirname, '../..')
const folders: string[] = []

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A folder with `scripts/start.mjs` and the given files, each with its text and the second of its change. */
function folderWith(files: Record<string, readonly [text: string, changed: number]>): string {
  const folder = mkdtempSync(join(tmpdir(), 'start-'))
  folders.push(folder)
  for (const name of ['start.mjs', 'require-node.cjs']) {
    cpSync(join(root, 'scripts', name), join(folder, 'scripts', name))
    utimesSync(join(folder, 'scripts', name), 1, 1)
  }
  for (const [path, [text, changed]] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
    utimesSync(join(folder, path), changed, changed)
  }
  return folder
}

const started: [string, number] = ["console.log('served')\n", 100]
const built = { 'dist/server.js': started, 'dist/package.json': ['{ "type": "commonjs" }', 100] } as const
/** Stands for esbuild and the build: writes a server that says that it is new. */
const tools = {
  'node_modules/esbuild/package.json': ['{ "name": "esbuild", "main": "main.js" }', 1],
  'node_modules/esbuild/main.js': ['', 1],
  'scripts/build.ts': ['', 1],
  'scripts/run.mjs': [
    `import { mkdirSync, writeFileSync } from 'node:fs'
mkdirSync('dist', { recursive: true })
writeFileSync('dist/server.js', "console.log('served anew')")
console.log('built ' + process.argv[2].split(/[\\\\/]/).pop())`,
    1,
  ],
} as const

function run(folder: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'scripts', 'start.mjs')], {
    encoding: 'utf8',
  })
  return { status, said: stdout.trim().split('\n'), complaint: stderr.trim() }
}

test('runs what is built where nothing can be built', () => {
  expect(run(folderWith(built))).toEqual({ status: 0, said: ['served'], complaint: '' })
})

test('says what to do where there is nothing to run and nothing to build with', () => {
  const { status, complaint } = run(folderWith({}))
  expect(status).toBe(1)
  expect(complaint).toMatch(/^There is no dist\/server\.js, and esbuild, .* is not installed; run "npm ci"/)
  expect(complaint.split('\n')).toHaveLength(1)
})

test('builds first where that is possible and nothing is built', () => {
  expect(run(folderWith(tools))).toMatchObject({ status: 0, said: ['built build.ts', 'served anew'] })
})

test('builds again when a source is newer than what was built, and not when none is', () => {
  const source = (changed: number) => ({ ...tools, ...built, 'src/deep/file.ts': ['', changed] }) as const
  expect(run(folderWith(source(99))).said).toEqual(['served'])
  expect(run(folderWith(source(101))).said).toEqual(['built build.ts', 'served anew'])
})

test('says that it runs something old when it cannot build it anew', () => {
  const { status, said, complaint } = run(folderWith({ ...built, 'src/file.ts': ['', 101] }))
  expect([status, said]).toEqual([0, ['served']])
  expect(complaint).toBe('dist/ is older than its sources, and esbuild is not installed: it is run as it is.')
})

test('ends with the status of a build that failed', () => {
  const broken = { ...tools, 'scripts/run.mjs': ['process.exit(3)', 1] } as const
  expect(run(folderWith(broken)).status).toBe(3)
})

/** The package as `npm pack` makes it of a fresh build, installed beside the ONNX runtime and nothing else. */
async function installed(): Promise<string> {
  const [checkout, app] = [folderWith({}), folderWith({})]
  for (const path of ['package.json', 'README.md', 'LICENSE', '.npmrc', 'layers/models/jobs-static-2']) {
    cpSync(join(root, path), join(checkout, path), { recursive: true })
  }
  await bundleDoors(root, join(checkout, 'dist'))
  mkdirSync(join(checkout, 'dist', 'run'))
  writeFileSync(join(checkout, 'dist', 'run', 'left-over.mjs'), '')
  const npm = (...parts: string[]) =>
    execFileSync('npm', parts, { cwd: checkout, shell: process.platform === 'win32' })
  npm('pack', '--silent', '--offline', '--pack-destination', app)
  const folder = join(app, 'node_modules', 'serverless-embeddings')
  mkdirSync(folder, { recursive: true })
  execFileSync('tar', [
    '-xzf',
    join(app, `serverless-embeddings-${packageFile.version}.tgz`),
    '-C',
    folder,
    '--strip-components',
    '1',
  ])
  symlinkSync(
    join(root, 'node_modules', 'onnxruntime-node'),
    join(app, 'node_modules', 'onnxruntime-node'),
    'junction',
  )
  return folder
}

test('the package serves vectors with the ONNX runtime alone, and has nothing that it does not need', async () => {
  const folder = await installed()
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  expect(files).toContain('LICENSE')
  expect(files.filter((path) => /\.ts$|left-over|test/.test(path))).toEqual([])
  const child = spawn('npm', ['start', '--silent'], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      PORT: '0',
      METRICS_PORT: '0',
      DRAIN_SECONDS: '0',
      MAX_RESPONSE_BYTES: '1000000',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  try {
    let said = ''
    for await (const bytes of child.stdout) {
      said += String(bytes)
      if (said.includes('/metrics\n')) break
    }
    const [url, metrics] = Array.from(said.matchAll(/(?:Listening|Metrics) on (\S+)/g), ([, found]) => found!)
    const body = JSON.stringify({ input: ['护士', 'nurse'] })
    const answer = await fetch(`${url}/embed`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    expect([answer.status, await answer.json()]).toMatchObject([
      200,
      { model: 'jobs-static-2', usage: { inputs: 2 } },
    ])
    expect(await (await fetch(metrics!)).text()).toContain(
      'embeddings_requests_total{route="/embed",model="jobs-static-2"',
    )
  } finally {
    process.kill(-child.pid!, 'SIGTERM')
    await once(child, 'exit')
  }
})

test('a SIGTERM that npm hands to its shell alone reaches the server, too', async () => {
  const serving = [
    'console.log("listening")\nprocess.on("SIGTERM", () => { console.log("ended well"); process.exit(0) })\nsetInterval(() => {}, 1000)\n',
    100,
  ] as const
  const folder = folderWith({ ...built, 'dist/server.js': serving })
  // As npm does it: a shell that is between, and ends without a word.
  const program = `"${process.execPath}" scripts/start.mjs; true`
  const env = { ...process.env, npm_lifecycle_event: 'start' }
  const shell = spawn('sh', ['-c', program], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  const ended = new Promise<void>((resolve) => {
    shell.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (!said.includes('listening')) shell.kill('SIGTERM')
      said += text
    })
    // The pipe is closed when the server has ended, not when the shell has.
    shell.stdout.once('close', resolve)
  })
  await ended
  expect(said).toBe('listening\nended well\n')
})

test('npm start -- --help says what it does and builds nothing', () => {
  const folder = folderWith({})
  const program = join(folder, 'scripts', 'start.mjs')
  const { status, stdout } = spawnSync(process.execPath, [program, '--help'], { encoding: 'utf8' })
  expect(status).toBe(0)
  expect(stdout).toMatch(/^Starts the server.*PORT \(3000\).*docs\/settings\.md/s)
  expect(readdirSync(folder)).toEqual(['scripts'])
})

test.each(readdirSync(join(root, 'scripts')).filter((name) => name.startsWith('install-')))(
  '%s --help says what it installs and where, and installs nothing',
  (name) => {
    const folder = folderWith({})
    for (const file of ['help.mjs', 'python.mjs', 'debian.mjs', name])
      cpSync(join(root, 'scripts', file), join(folder, 'scripts', file))
    const program = join(folder, 'scripts', name)
    const { status, stdout } = spawnSync(process.execPath, [program, '--help'], { encoding: 'utf8' })
    expect(status).toBe(0)
    expect(stdout).toContain(`node scripts/${name}`)
    expect(stdout).toContain('nstalls')
    expect(readdirSync(folder)).toEqual(['scripts'])
  },
)

test('Ctrl-C while a tool is being read or works gets a sentence and the status of a shell', async () => {
  const folder = mkdtempSync(join(root, 'dist', 'stopped-'))
  folders.push(folder)
  const entry = join(folder, 'slow.ts')
  writeFileSync(entry, "console.log('working')\nsetInterval(() => {}, 1000)\n")
  const child = spawn(process.execPath, [join(root, 'scripts', 'run.mjs'), entry], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let complained = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    complained += text
  })
  child.stdout.once('data', () => child.kill('SIGINT'))
  const [status] = await once(child, 'close')
  expect([status, complained]).toEqual([130, 'Stopped by Ctrl-C: slow was not through.\n'])
})
