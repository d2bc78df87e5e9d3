import { join, relative } from 'node:path'
import { buildPage } from './build-page.ts'
import { bundleDoors } from './bundle.ts'

/** `npm run build`: the doors as programs in `dist/`, and the page of the Node server in `dist/page`. */
const root = process.cwd()
for (const { path, bytes } of await bundleDoors(root, join(root, 'dist'))) {
  console.log(`${relative(root, path)}  ${(bytes / 1000).toFixed(0)} kB`)
}
const { pageBytes, referenceBytes } = await buildPage(root, join(root, 'dist', 'page'))
const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(0)} kB`
console.log(`dist/page  ${kilobytes(pageBytes)} packed, its API reference ${kilobytes(referenceBytes)}`)
