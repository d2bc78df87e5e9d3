import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/**
 * Unpacks a package of Debian or Ubuntu, with the libraries that the machine lacks, into `folder`, unless it is there.
 * Nothing of the machine is changed, and nobody has to be root. Says so where there is none to be had; nothing stays then.
 */
export function unpackPackage(name, folder, skipped) {
  const stamp = join(folder, 'stamp')
  if (existsSync(stamp)) return
  const answerOf = (program, options, cwd) => {
    const { status, stdout } = spawnSync(program, options, { cwd, encoding: 'utf8' })
    return status === 0 ? stdout : undefined
  }
  const skip = (reason) => {
    rmSync(folder, { recursive: true, force: true })
    console.warn(`SKIPPED: ${skipped}: ${reason}.`)
  }
  const needed = answerOf('apt-cache', ['depends', name])
  if (needed === undefined) return skip(`no apt that knows ${name}; apt-get update may help`)
  const libraries = [...needed.matchAll(/^ +Depends: (lib\S+)$/gm)].map(([, library]) => library)
  const isThere = (library) => answerOf('dpkg-query', ['-W', library]) !== undefined
  const packages = [name, ...libraries.filter((library) => !isThere(library))]
  console.log(`Downloading ${packages.join(', ')} for the tests`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  if (answerOf('apt-get', ['download', '-q', ...packages], folder) === undefined)
    return skip('the packages cannot be downloaded')
  for (const file of readdirSync(folder).filter((file) => file.endsWith('.deb'))) {
    if (answerOf('dpkg-deb', ['-x', resolve(folder, file), folder]) === undefined)
      return skip('dpkg-deb failed')
    rmSync(join(folder, file))
  }
  writeFileSync(stamp, packages.join('\n'))
}
