import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** For which processor and Node the build compiled dist/*.cache ahead. */
export interface Compiled {
  /** As `process.arch` names it. */
  readonly processor: string
  /** Version of Node, such as `24.1.0`. */
  readonly node: string
}

/** Where the build notes it, below dist/. */
export const COMPILED_FILE = 'compiled-for.json'

/** What the last build noted; undefined where there is no such note. */
export function readCompiled(root: string): Compiled | undefined {
  try {
    return JSON.parse(readFileSync(join(root, 'dist', COMPILED_FILE), 'utf8')) as Compiled
  } catch {
    return undefined
  }
}

/**
 * Why the functions could not use what was compiled, in a sentence; undefined when they can. V8 refuses what another
 * processor or another version of it compiled.
 */
export function whyNotCompiled(
  compiled: Compiled | undefined,
  { architecture, runtime }: { readonly architecture: string; readonly runtime: string },
): string | undefined {
  const wanted = `${architecture} and ${runtime}`
  const remedy = `each cold start compiles its program, 18 ms longer; to spare that, build with such a Node on such a processor`
  if (!compiled) return `Nobody noted for what dist/*.cache was compiled: it is left out, and ${remedy}.`
  const { processor, node } = compiled
  if (processor === architecture && runtime === `nodejs${node.split('.')[0]}.x`) return undefined
  return `Node ${node} on ${processor} compiles dist/*.cache for itself, and the functions have ${wanted}: it is left out, and ${remedy}.`
}
