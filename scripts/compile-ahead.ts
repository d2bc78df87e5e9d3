import { spawnSync } from 'node:child_process'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Runs a program from V8's code cache, where that was made by the same V8: 18 ms of a cold start are the compiling of
 * the bundle. Any other V8 refuses the cache and compiles, as if there were none.
 */
const LOADER = `'use strict'
const { readFileSync } = require('node:fs')
const { Script } = require('node:vm')
const filename = __filename.replace(/js$/, 'bundle.js')
const read = (path) => {
  try {
    return readFileSync(path)
  } catch {}
}
const parameters = '(function (exports, require, module, __filename, __dirname) {'
const script = new Script(parameters + readFileSync(filename, 'utf8') + '\\n})', {
  filename,
  cachedData: read(filename + '.cache'),
})
script.runInThisContext()(exports, require, module, filename, __dirname)
`

/** Loaded before a program, keeps what V8 compiled of it until it ended. */
const RECORDER = `'use strict'
const vm = require('node:vm')
const { writeFileSync } = require('node:fs')
vm.Script = class extends vm.Script {
  constructor(code, options) {
    super(code, options)
    process.on('exit', () => writeFileSync(options.filename + '.cache', this.createCachedData()))
  }
}
`

/** How a program is run once so that V8 has compiled what it needs: arguments and environment of Node. */
interface TrialRun {
  readonly arguments: readonly string[]
  readonly environment: NodeJS.ProcessEnv
}

/**
 * Puts a loader in the place of the built CommonJS program at `path`, the program beside it as `.bundle.js`, and what
 * V8 made of it in a run as `.bundle.js.cache`. A run that fails leaves a smaller cache, or none.
 */
export function compileAhead(path: string, run: TrialRun): void {
  const bundle = path.replace(/js$/, 'bundle.js')
  const recorder = join(path, '..', `recorder.${process.pid}.cjs`)
  renameSync(path, bundle)
  rmSync(`${bundle}.cache`, { force: true })
  writeFileSync(path, LOADER + exportsOf(readFileSync(bundle, 'utf8')))
  writeFileSync(recorder, RECORDER)
  try {
    spawnSync(process.execPath, ['--require', recorder, ...run.arguments], {
      env: { ...process.env, ...run.environment },
      stdio: 'ignore',
    })
  } finally {
    rmSync(recorder)
  }
}

/** The line, never run, in which esbuild tells Node what names a CommonJS program exports. */
function exportsOf(program: string): string {
  return /0&&\(module\.exports=\{[\w,]*\}\)/.exec(program)?.[0] ?? ''
}
