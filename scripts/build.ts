import { join, relative } from 'node:path'
import { buildPage } from './build-page.ts'
import { bundleDoors } from './bundle.ts'
import { runNpmTool } from './console/run-tool.ts'
import { readArguments } from './console/tool-arguments.ts'

const SHAPE = {
  name: 'build',
  summary:
    'Bundles the doors of Lambda, the server and the command for the shell as programs in dist/, and the page in dist/page.',
  usage: [''],
  options: {},
  examples: [''],
  notes: ['The doors are compiled ahead for this Node on this processor; others compile them at each start.'],
} as const

await runNpmTool({
  shape: SHAPE,
  async run(args, root) {
    readArguments(SHAPE, args)
    const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(0)} kB`
    for (const { path, bytes } of await bundleDoors(root, join(root, 'dist'))) {
      console.log(`${relative(root, path)}  ${kilobytes(bytes)}`)
    }
    const { pageBytes, referenceBytes } = await buildPage(root, join(root, 'dist', 'page'))
    console.log(`dist/page  ${kilobytes(pageBytes)} packed, its API reference ${kilobytes(referenceBytes)}`)
    return 0
  },
})
