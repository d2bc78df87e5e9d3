import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

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

/**
 * Installs the packages of the file `requirements` into an environment of their own at `folder`, unless they are there.
 *
 * @param installing told before it is done
 * @param skipped told with the reason where it cannot be; nothing of it stays then
 */
export function installRequirements({ requirements, folder, pythons, installing, skipped }) {
  const stampFile = join(folder, 'stamp')
  const stamp = createHash('sha256').update(readFileSync(requirements)).digest('hex')
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return
  const skip = (reason) => {
    rmSync(folder, { recursive: true, force: true })
    console.warn(`SKIPPED: ${skipped}: ${reason}.`)
  }
  const found = findPython(pythons)
  if (!found) return skip(`no Python of ${pythons.join(', ')} with the module venv`)
  console.log(`Installing ${installing}`)
  rmSync(folder, { recursive: true, force: true })
  if (!run(found, ['-m', 'venv', folder])) return skip('python -m venv failed')
  const pip = ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', '-r', requirements]
  if (!run(join(folder, 'bin', 'python'), pip)) return skip('PyPI cannot be reached')
  writeFileSync(stampFile, stamp)
}
