import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The libraries that users would otherwise take, at the versions compared with. */
const PEERS: Readonly<Record<string, string>> = {
  '@huggingface/transformers': '4.3.1',
  fastembed: '2.1.0',
}

/**
 * Installs the peers into `folder`, once. Their install scripts stay off: those only fetch CUDA files, and the
 * CPU libraries are in the packages.
 */
export function installPeers(folder: string): void {
  if (Object.entries(PEERS).every(([name, version]) => installedVersion(folder, name) === version)) return
  console.log('Installing transformers.js and fastembed for the comparison (about 700 MB, once) …')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'bench-peers', private: true }))
  const wanted = Object.entries(PEERS).map(([name, version]) => `${name}@${version}`)
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--save-exact', ...wanted], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
}

function installedVersion(folder: string, name: string): string | undefined {
  const file = join(folder, 'node_modules', name, 'package.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined
}
