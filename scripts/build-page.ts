import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import { build } from 'esbuild'

/** The page without the API reference has at most so many bytes, packed: a phone on a slow line waits two seconds. */
const MAX_PACKED_BYTES = 150_000

const pack = promisify(gzip)

/** What the page weighs, packed as it is sent. */
interface BuiltPage {
  readonly pageBytes: number
  /** Swagger UI, which only the tab API loads. */
  readonly referenceBytes: number
}

/**
 * Builds the page of the Node server into `folder`: files named by their content, each beside its packed form. The
 * server answers with what lies there, so nothing of it is in a bundle of Lambda.
 *
 * @throws Error when the page outgrows its 150 kB
 */
export async function buildPage(root: string, folder: string): Promise<BuiltPage> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const reference = await copySwagger(root, folder)
  const { script, style } = await bundlePage(root, folder, reference)
  await writeFile(join(folder, 'index.html'), documentOf(script, style))
  const packed = await packAll(folder)
  const sizeOf = (names: readonly string[]) => names.reduce((sum, name) => sum + (packed.get(name) ?? 0), 0)
  const pageBytes = sizeOf([script, style, 'index.html'])
  if (pageBytes > MAX_PACKED_BYTES) {
    throw new Error(
      `The page has ${pageBytes} bytes packed; expected at most ${MAX_PACKED_BYTES}; look for a new dependency.`,
    )
  }
  return { pageBytes, referenceBytes: sizeOf([reference.script, reference.style].map(nameOf)) }
}

interface Reference {
  /** Addresses below the page's own. */
  readonly script: string
  readonly style: string
}

const nameOf = (address: string) => address.slice('page/'.length)

async function bundlePage(root: string, folder: string, reference: Reference) {
  const page = join(root, 'src', 'page', 'view')
  const buffer = join(page, 'shims', 'node-buffer.ts')
  await build({
    entryPoints: { page: join(page, 'main.tsx') },
    outdir: folder,
    entryNames: '[name]-[hash]',
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'esm',
    target: ['es2022', 'chrome111', 'firefox113', 'safari16.4'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    charset: 'utf8',
    alias: { 'node:buffer': buffer, 'node:crypto': join(page, 'shims', 'node-crypto.ts') },
    inject: [buffer],
    define: { SWAGGER_FILES: JSON.stringify(reference) },
    logLevel: 'warning',
  })
  const names = await readdir(folder)
  const find = (ending: string) => names.find((name) => name.startsWith('page-') && name.endsWith(ending))!
  return { script: find('.js'), style: find('.css') }
}

/** Swagger UI as it is published, without the note where its source map would be. */
async function copySwagger(root: string, folder: string): Promise<Reference> {
  const source = join(root, 'node_modules', 'swagger-ui-dist')
  const copy = async (name: string, ending: string) => {
    const text = await readFile(join(source, name), 'utf8')
    const plain = text.replace(/\n?(\/\/|\/\*)# sourceMappingURL=[^\n]*\s*$/, '\n')
    const hash = createHash('sha256').update(plain).digest('hex').slice(0, 8)
    const target = `reference-${hash}.${ending}`
    await writeFile(join(folder, target), plain)
    return `page/${target}`
  }
  return { script: await copy('swagger-ui-bundle.js', 'js'), style: await copy('swagger-ui.css', 'css') }
}

/** Addresses are relative, so that the page works behind a proxy that puts a path in front. */
function documentOf(script: string, style: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Serverless Embeddings</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='%2314614f' stroke-width='2.6' stroke-linecap='round'%3E%3Cpath d='M5 19 19 9M5 19 15 4'/%3E%3C/svg%3E">
<link rel="stylesheet" href="page/${style}">
<script type="module" src="page/${script}"></script>
</head>
<body>
<noscript><p>This page needs JavaScript; the API works without it, see openapi.json. 本页需要 JavaScript；API 不受影响，见 openapi.json。</p></noscript>
</body>
</html>
`
}

/** Writes each file packed beside it; gives the packed sizes by name. */
async function packAll(folder: string): Promise<Map<string, number>> {
  const names = await readdir(folder)
  const sizes = names.map(async (name): Promise<[string, number]> => {
    const packed = await pack(await readFile(join(folder, name)), { level: constants.Z_BEST_COMPRESSION })
    await writeFile(join(folder, `${name}.gz`), packed)
    return [name, packed.length]
  })
  return new Map(await Promise.all(sizes))
}
