import { execFile, spawn, spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '..', '..')
const tools = join(root, '.cache', 'image')

/** The program that checks a Dockerfile; it need not be there. */
export const linter = join(tools, 'python', 'bin', 'hadolint')
/** The Dockerfile, as its commands name it. */
export const dockerfile = 'scripts/deploy/Dockerfile'

const BASE = 'node:22-bookworm-slim'
const STORE = [
  ...['--root', join(tools, 'store')],
  ...['--runroot', join(tools, 'run')],
  ...['--storage-driver', 'vfs'],
]

/** Why the image is not built and run here, if it is not. */
export function missingForImage(): string | undefined {
  if (process.getuid?.() !== 0) return 'not root'
  if (!process.env.IMAGE_TEST) return 'it takes two minutes; run npm run test:image'
  if (!existsSync(join(tools, 'stamp'))) return 'no buildah, or no base image'
  const { status, stderr } = spawnSync('unshare', ['-m', 'true'], { encoding: 'utf8' })
  return status === 0 ? undefined : `no mount namespace: ${stderr}`
}

/** What an image says of itself, as Docker has it. */
interface ImageSettings {
  readonly User: string
  readonly Env: readonly string[]
  readonly Cmd: readonly string[]
  readonly WorkingDir: string
  readonly Healthcheck: { readonly Test: readonly string[] }
}

/** An image with its files on this disk. */
export interface BuiltImage {
  readonly settings: ImageSettings
  /** Where its files lie. */
  readonly folder: string
  /** Where those of its base lie. */
  readonly base: string
  remove(): void
}

/** Builds the image as its Dockerfile says, without a registry: its base is the one that was installed. */
export async function buildImage(buildArguments: Readonly<Record<string, string>>): Promise<BuiltImage> {
  const image = `serverless-embeddings-test-${process.pid}`
  const given = Object.entries(buildArguments).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`])
  // What is named after a Dockerfile is read by Docker alone.
  const ignored = ['--ignorefile', `${dockerfile}.dockerignore`]
  const how = ['--isolation', 'chroot', '--format', 'docker', '--pull-never', ...ignored]
  await buildah('build', ...how, ...given, '-f', dockerfile, '-t', image, '.')
  const containers = [
    await buildah('from', '--pull-never', image),
    await buildah('from', '--pull-never', BASE),
  ]
  const [folder, base] = [await buildah('mount', containers[0]!), await buildah('mount', containers[1]!)]
  const { Docker } = JSON.parse(await buildah('inspect', '--type', 'image', image))
  return {
    settings: Docker.config,
    folder,
    base,
    remove() {
      spawnSync('buildah', [...STORE, 'rm', ...containers])
      spawnSync('buildah', [...STORE, 'rmi', '--prune', '-f'])
      spawnSync('buildah', [...STORE, 'rmi', '-f', image])
    },
  }
}

async function buildah(...options: string[]): Promise<string> {
  const settings = { cwd: root, maxBuffer: 1 << 26 }
  const { stdout } = await promisify(execFile)('buildah', [...STORE, ...options], settings).catch((error) => {
    throw new Error(`buildah ${options[0]} failed:\n${error.stdout}\n${error.stderr}`)
  })
  return stdout.trim()
}

/** Files and links below a folder with their sizes, by path. */
export function treeOf(folder: string): ReadonlyMap<string, number> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return new Map(
    entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(folder, path), lstatSync(path).size]),
  )
}

/** A process in the image. */
export interface Running {
  /** What it has written so far. */
  readonly output: readonly string[]
  /** Its exit code, when it has ended. */
  readonly ended: Promise<number | null>
  /** Asks it to end, and waits for its exit code. */
  stop(): Promise<number | null>
}

/** As `docker run --read-only` has it; the folder of `$CACHE`, if any, is what a volume for models would be. */
const READ_ONLY = `set -e
mount --make-rprivate /
mount --bind "$ROOT" "$ROOT"
mount -t proc none "$ROOT/proc"
mkdir -p "$ROOT/dev" && mount --bind /dev "$ROOT/dev"
if [ -n "$CACHE" ]; then mount --bind "$CACHE" "$ROOT/var/cache/models"; fi
mount -o remount,bind,ro "$ROOT"
exec chroot --userspec="$USER" "$ROOT" env -i "\${@:2}" sh -c 'cd "$0" && exec "$@"' "$1" `

/** Starts a command in the image, as its own user, with its own environment and more; nothing can be written. */
export function runIn(
  { folder, settings }: BuiltImage,
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  cache = '',
): Running {
  const variables = [
    ...settings.Env,
    ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
  ]
  const script = `${READ_ONLY}${command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')}`
  const child = spawn('unshare', ['-m', 'bash', '-c', script, 'bash', settings.WorkingDir, ...variables], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ROOT: folder, USER: settings.User, CACHE: cache },
  })
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => output.push(String(text)))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return {
    output,
    ended,
    async stop() {
      child.kill('SIGTERM')
      return ended
    },
  }
}

/** An empty folder that the user of the image may write to, and whoever removes it. */
export function volumeFor({ settings }: BuiltImage): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'volume-'))
  spawnSync('chown', [settings.User, path])
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
