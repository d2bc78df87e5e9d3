import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runNpmTool } from './console/run-tool.ts'
import { readArguments } from './console/tool-arguments.ts'
import { describeLicences, type LockFile, type ReadLicence, shippedPackages } from './licences/licences.ts'

const PAGE = 'docs/third-party-licences.md'

const SHAPE = {
  name: 'licences',
  summary: `Writes ${PAGE}: what is shipped of other people's work, under which licence, with its notices.`,
  usage: ['[option …]'],
  options: { check: { help: 'writes nothing, and fails when the page is out of date' } },
  examples: ['', '--check'],
} as const

await runNpmTool({
  shape: SHAPE,
  async run(args, root) {
    const { values } = readArguments<typeof SHAPE.options>(SHAPE, args)
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as LockFile
    const readLicence: ReadLicence = (place) => licenceIn(join(root, place))
    const page = describeLicences(shippedPackages(lock), readLicence)
    const path = join(root, PAGE)
    const current = existsSync(path) && readFileSync(path, 'utf8') === page
    if (values.check && !current) throw new Error(`${PAGE} is out of date; run "npm run licences".`)
    if (!values.check) writeFileSync(path, page)
    console.log(`${PAGE} is up to date.`)
    return 0
  },
})

/** The text of a package's licence file, or nothing where it has none. */
function licenceIn(folder: string): string | undefined {
  const name = readdirSync(folder)
    .sort()
    .find((file) => /^(licen[cs]e|copying)(\.(md|txt|markdown))?$/i.test(file))
  return name === undefined ? undefined : readFileSync(join(folder, name), 'utf8')
}
