/** What is read of `package-lock.json`. */
export interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>
}

interface LockedPackage {
  readonly version?: string
  readonly license?: string
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly optional?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
}

/** A package that is shipped. */
interface ShippedPackage {
  readonly name: string
  readonly version: string
  /** An expression of SPDX. */
  readonly licence: string
  /** From the root: `node_modules/hono`. */
  readonly place: string
  /** Whether it is part of the page of the Node server, and not of the programs. */
  readonly page: boolean
}

/** The text of the licence in a package's folder, given from the root. */
export type ReadLicence = (place: string) => string | undefined

/** Tools of the build whose code goes into `dist/page`. */
const IN_PAGE = ['preact', 'd3-scale', 'swagger-ui-dist']
/** Asked for by a package whose own file is bundled whole, without it. */
const LEFT_OUT = new Set(['@scarf/scarf'])

/**
 * The packages that are shipped: all that are no tools, and what the page is built of.
 *
 * @throws Error for a package without a licence
 */
export function shippedPackages({ packages }: LockFile): ShippedPackage[] {
  const page = new Set<string>()
  const open = [...IN_PAGE]
  for (let name = open.shift(); name !== undefined; name = open.shift()) {
    if (page.has(name) || LEFT_OUT.has(name)) continue
    page.add(name)
    open.push(...Object.keys(packages[`node_modules/${name}`]?.dependencies ?? {}))
  }
  return Object.entries(packages)
    .filter(([place]) => place !== '')
    .map(([place, locked]) => ({ place, locked, name: place.slice(place.lastIndexOf('node_modules/') + 13) }))
    .filter(({ locked, name }) => (!locked.dev && !locked.devOptional && !locked.optional) || page.has(name))
    .map(({ place, locked: { version = '', license, dev = false }, name }) => {
      if (license === undefined) throw new Error(`${name} names no licence; look for it, or do without it.`)
      return { name, version, licence: license, place, page: dev }
    })
    .sort((one, other) => (one.place < other.place ? -1 : 1))
}

/** The page: a table of packages, and each text of a licence once with those that have it. */
export function describeLicences(packages: readonly ShippedPackage[], readLicence: ReadLicence): string {
  const texts = new Map<string, string[]>()
  for (const { name, place } of packages) {
    const text = readLicence(place)?.replaceAll('\r\n', '\n').trim()
    if (text) texts.set(text, [...(texts.get(text) ?? []), name])
  }
  const rows = packages.map(
    ({ name, version, licence, page }) =>
      `| ${name} | ${version} | ${licence} | ${page ? 'the page' : 'programs'} |`,
  )
  const parts = [...texts].map(([text, names]) => `### ${[...new Set(names)].join(', ')}\n\n${fenced(text)}`)
  return `${HEAD}
| package | version | licence | part of |
|---|---|---|---|
${rows.join('\n')}

## Notices

${parts.join('\n\n')}
`
}

const HEAD = `# Third-party licences

Written by \`npm run licences\` from \`package-lock.json\` and the packages; a test holds it to both. The project itself is
Apache-2.0 ([LICENSE](../LICENSE)); the bundled model is CC BY-SA 4.0, its data and their licences stand in its
[NOTICE](../layers/models/jobs-static-2/NOTICE). Other models have licences of their own, which \`npm run models -- list\` shows.
`

/** A fence that is longer than any in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}text\n${text}\n${fence}`
}
