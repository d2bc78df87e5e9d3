/**
 * Installs the servers that some tests need, where Debian's packages can be had: an S3 server (Ceph's gateway).
 * Does nothing when they are there. Ends with an error when they cannot be installed.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const SERVERS = {
  radosgw: 'radosgw',
  'ceph-mon': 'ceph-mon',
  'ceph-mgr': 'ceph-mgr',
  'ceph-osd': 'ceph-osd',
  ceph: 'ceph-common',
}

const folders = (process.env.PATH ?? '').split(delimiter)
const missing = Object.entries(SERVERS).filter(
  ([program]) => !folders.some((folder) => existsSync(join(folder, program))),
)
if (missing.length === 0) process.exit(0)

const packages = missing.map(([, name]) => name)
console.log(`Installing ${packages.join(', ')} for the tests of S3`)
const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n']
const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
for (const command of [
  ['apt-get', 'update', '-q'],
  ['apt-get', 'install', '-y', '-q', '--no-install-recommends', ...packages],
]) {
  const [program, ...options] = [...asRoot, ...command]
  const { status, error } = spawnSync(program, options, { env, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status === 0) continue
  console.error(
    `"${command.join(' ')}" failed${error ? `: ${error.message}` : ''}; install ${packages.join(', ')}.`,
  )
  process.exit(1)
}
