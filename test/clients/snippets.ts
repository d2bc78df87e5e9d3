import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A client of the page: its heading, its program, and the sentence that warns of what goes wrong with it. */
interface Section {
  readonly title: string
  readonly language: string
  readonly code: string
  readonly trap: string
}

const docs = join(import.meta.dirname, '..', '..', 'docs')

/** The sections of one of the two pages of clients; each has one program and one trap, or this throws. */
export function sectionsOf(page: 'clients.md' | 'clients.zh-CN.md'): readonly Section[] {
  const [, ...parts] = readFileSync(join(docs, page), 'utf8').split(/^## /m)
  return parts.map((part) => {
    const title = part.slice(0, part.indexOf('\n'))
    const fences = [...part.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    const traps = [...part.matchAll(/^\*\*(?:Trap\.|注意：)\*\*([^\n]+(?:\n[^\n]+)*)/gm)]
    if (fences.length !== 1 || traps.length !== 1)
      throw new Error(
        `${page}, "${title}" has ${fences.length} programs and ${traps.length} traps, not 1 and 1.`,
      )
    return { title, language: fences[0]![1]!, code: fences[0]![2]!, trap: traps[0]![1]!.trim() }
  })
}
