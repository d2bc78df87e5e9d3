/**
 * Installs node-llama-cpp, which runs language models, into `.cache/llm` with the binaries of this machine alone: 85 MB.
 * Does nothing when it is there; says so and ends with 0 where it is not to be had.
 *
 *   --arch x64|arm64   for Lambda and images instead, on Linux: into `.cache/llm-linux-<arch>` where this machine is another
 *
 * It is no dependency of the project: npm takes its builds for CUDA and Vulkan along (725 MB), since they are optional
 * dependencies for every x64 machine. Overrides do not keep them out: after one with a folder, and after one with a
 * version that does not exist, `npm install` makes a lock file that `npm ci` refuses. `--omit=optional` does, but in the
 * project's own folder it would take esbuild's and Biome's binaries away.
 */
// Before anything else: --help installs nothing.
import './help.mjs'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './python.mjs'

const VERSION = '3.22.1'
/** By `process.platform` and `process.arch`; Macs have one build for the processor with the graphics beside it. */
const BINARIES = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-arm64': 'mac-arm64-metal',
  'darwin-x64': 'mac-x64',
  'win32-x64': 'win-x64',
  'win32-arm64': 'win-arm64',
}

const place = process.argv.indexOf('--arch')
const own = { platform: process.platform, arch: process.arch }
const { platform, arch } = place < 0 ? own : { platform: 'linux', arch: process.argv[place + 1] }
const isOwn = platform === own.platform && arch === own.arch
const name = isOwn ? 'llm' : `llm-${platform}-${arch}`
const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), '.cache', name)
const binary = BINARIES[`${platform}-${arch}`]
const stampFile = join(folder, `installed-${VERSION}-${binary}`)

if (!binary) console.log(`There is no node-llama-cpp for ${platform} on ${arch}.`)
else if (!existsSync(stampFile)) install()

function install() {
  mkdirSync(folder, { recursive: true })
  // Without a package of its own npm would install into the project above.
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  const packages = [`node-llama-cpp@${VERSION}`, `@node-llama-cpp/${binary}@${VERSION}`]
  const options = ['--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund', '--save-exact']
  if (!isOwn) options.push(`--os=${platform}`, `--cpu=${arch}`, '--libc=glibc')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  if (run(npm, ['install', '--prefix', folder, ...options, ...packages])) {
    writeFileSync(stampFile, '')
    console.log(`node-llama-cpp ${VERSION} is in .cache/${name}.`)
  } else console.log('node-llama-cpp was not installed: npm could not get it.')
}
