import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const pages = [
  ...readdirSync(root),
  ...['docs', 'scripts', 'src', 'layers/models'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((path) => join(folder, String(path))),
  ),
].filter((path) => path.endsWith('.md'))

/** Anchors of a page as GitHub makes them of headings. */
function anchorsOf(text: string): Set<string> {
  const headings = Array.from(text.matchAll(/^#{1,6} (.+)$/gm), ([, heading]) => heading!)
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

test('every link within the pages leads to a file that is there, and to a heading of it', () => {
  expect(pages.length).toBeGreaterThan(30)
  const broken = pages.flatMap((page) => {
    const text = readFileSync(join(root, page), 'utf8')
    const links = Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, link]) => link!)
    return links.flatMap((link) => {
      if (/^[a-z]+:/.test(link)) return []
      const [path, anchor] = link.split('#') as [string, string | undefined]
      const target = path === '' ? join(root, page) : join(root, dirname(page), path)
      if (!existsSync(target)) return [`${page}: ${link}`]
      if (anchor === undefined) return []
      const anchors = anchorsOf(readFileSync(target, 'utf8'))
      return anchors.has(decodeURIComponent(anchor)) ? [] : [`${page}: ${link} (${relative(root, target)})`]
    })
  })
  expect(broken).toEqual([])
})
