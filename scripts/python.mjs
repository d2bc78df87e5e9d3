import { spawnSync } from 'node:child_process'

/** The first program that is Python of one of these versions (`3.11`) with the modules that make environments. */
export function findPython(versions) {
  const script = 'import ensurepip, sys, venv; print("%d.%d" % sys.version_info[:2])'
  return ['python3', 'python', ...versions.map((version) => `python${version}`)].find((program) => {
    const { status, stdout } = spawnSync(program, ['-c', script], { encoding: 'utf8' })
    return status === 0 && versions.includes(stdout.trim())
  })
}

/** Runs a program, its errors shown; whether it ended with 0. */
export function run(program, options) {
  return spawnSync(program, options, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
}
