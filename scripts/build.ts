import { join, relative } from 'node:path'
import { bundleDoors } from './bundle.ts'

/** `npm run build`: the doors as programs in `dist/`. */
const root = process.cwd()
for (const { path, bytes } of await bundleDoors(root, join(root, 'dist'))) {
  console.log(`${relative(root, path)}  ${(bytes / 1000).toFixed(0)} kB`)
}
