import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { filesBelow } from '../layers/copy.ts'
import { isLeftOut, planImage } from './image-plan.ts'

/** The files of an image, as its Dockerfile has them made: `scripts/deploy/image.ts --out /image`. */
function main(): void {
  const { values } = parseArgs({
    options: {
      models: { type: 'string', default: '' },
      llm: { type: 'string', default: '' },
      arch: { type: 'string', default: '' },
      out: { type: 'string', default: 'dist/image' },
    },
  })
  const { commands, folders } = planImage(values.models, values.arch || process.arch, values.llm !== '')
  for (const [command, ...options] of commands) run('npm', ['run', '--silent', command!, '--', ...options])
  for (const { from, to } of folders) {
    for (const { path } of filesBelow(from)) {
      if (from !== 'dist' || !isLeftOut(path)) put(join(from, path), join(values.out, to, path))
    }
  }
  put('LICENSE', join(values.out, 'app', 'LICENSE'))
  for (const name of ['cache', 'files']) mkdirSync(join(values.out, name), { recursive: true })
}

/** Readable to every user, whatever rights the checkout gives: the image runs as another user than built it. */
function put(source: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true, mode: 0o755 })
  copyFileSync(source, target)
  chmodSync(target, 0o644)
}

function run(program: string, options: readonly string[]): void {
  const { status } = spawnSync(program, options, { stdio: 'inherit' })
  if (status !== 0) throw new Error(`"${program} ${options.join(' ')}" failed.`)
}

main()
