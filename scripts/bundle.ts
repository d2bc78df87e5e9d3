import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

/** The programs that are built, one file each. */
export const DOORS = ['embed', 'server', 'worker'] as const

/** A door that was built. */
export interface Bundle {
  readonly path: string
  readonly bytes: number
}

/** More than this in one file is a dependency that came in by mistake. */
export const MAX_BUNDLE_BYTES = 1_000_000

/**
 * Lambda awaits the models of PRELOAD_MODELS only in an ES module, and finds the runtime in a layer only through
 * `require`: so a module of its own waits for the CommonJS one.
 */
const PRELOADED = `import { createRequire } from 'node:module'
const { handler, ready } = createRequire(import.meta.url)('./embed.js')
await ready
export { handler }
`

/**
 * Bundles the doors below `root` into `folder` as CommonJS; only the ONNX runtime stays a package.
 *
 * @throws Error when a bundle is larger than {@link MAX_BUNDLE_BYTES}
 */
export async function bundleDoors(root: string, folder: string): Promise<Bundle[]> {
  await mkdir(folder, { recursive: true })
  await build({
    entryPoints: DOORS.map((door) => join(root, 'functions', `${door}.ts`)),
    outdir: folder,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['onnxruntime-node'],
    define: { 'import.meta.dirname': '__dirname' },
    logLevel: 'warning',
  })
  await writeFile(join(folder, 'package.json'), '{ "type": "commonjs" }\n')
  await writeFile(join(folder, 'embed-preloaded.mjs'), PRELOADED)
  return Promise.all(DOORS.map((door) => measure(join(folder, `${door}.js`))))
}

async function measure(path: string): Promise<Bundle> {
  const { size: bytes } = await stat(path)
  if (bytes <= MAX_BUNDLE_BYTES) return { path, bytes }
  throw new Error(
    `${path} has ${bytes} bytes; expected at most ${MAX_BUNDLE_BYTES}; look for a new dependency.`,
  )
}
