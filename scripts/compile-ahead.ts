import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Runs a program from V8's code cache, where that was made by the same V8: 18 ms of a cold start are the compiling of
 * the bundle. Any other V8 refuses the cache and compiles, as if there were none. The program is ASCII: see
 * {@link asciiOf}.
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
const script = new Script(parameters + readFileSync(filename, 'latin1') + '\\n})', {
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
  const program = asciiOf(readFileSync(path, 'utf8'))
  writeFileSync(bundle, program)
  rmSync(`${bundle}.cache`, { force: true })
  writeFileSync(path, LOADER + exportsOf(program))
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

/**
 * A program with its other characters written as escapes, which esbuild leaves as they are in regular expressions. One
 * such character makes Node and V8 keep all of the text in two bytes a character.
 *
 * @throws Error where a backslash stands before such a character: an escape would then mean something else
 */
export function asciiOf(program: string): string {
  const escaped = /(?<!\\)(?:\\\\)*\\[^\0-\x7f]/.exec(program)
  if (escaped)
    throw new Error(`The program has ${JSON.stringify(escaped[0])}; expected no backslash before it.`)
  return program.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** The line, never run, in which esbuild tells Node what names a CommonJS program exports. */
function exportsOf(program: string): string {
  return /0&&\(module\.exports=\{[\w,]*\}\)/.exec(program)?.[0] ?? ''
}
