import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parseSync } from 'oxc-parser'

/** The root of the checkout. */
export const root = join(import.meta.dirname, '../..')

/** One TypeScript file of the project, read and parsed. */
export interface SourceFile {
  /** From the root, with `/`. */
  readonly path: string
  readonly text: string
  readonly lines: number
  /** Specifiers of static and dynamic imports; project files as paths from the root. */
  readonly imports: readonly string[]
  /** Those of them that are loaded as soon as the file is: no types, and nothing of an `import()`. */
  readonly loads: readonly string[]
  /** What it takes from other files of the project, as `path name`; `path *` for all of a file. */
  readonly taken: readonly string[]
  /** Names of the values and types that it exports. */
  readonly exports: readonly string[]
  readonly functions: readonly { readonly line: number; readonly lines: number }[]
  /** Names of exports without a docstring right before them, or with one that says no more than the name. */
  readonly undocumented: readonly string[]
}

/** Every TypeScript file, those of the page with its markup too, below `folder`, a path from the root. */
export function sourceFiles(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !path.includes('node_modules'))
    .map((path) => readSource(join(folder, path).replaceAll('\\', '/')))
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8')
  const { module, program, comments } = parseSync(path, text)
  const lineOf = (offset: number) => text.slice(0, offset).split('\n').length
  const specifiers = [
    ...module.staticImports.map((entry) => entry.moduleRequest.value),
    ...module.dynamicImports.map(({ moduleRequest: { start, end } }) => text.slice(start + 1, end - 1)),
  ]
  const taken = [
    ...module.staticImports.flatMap(({ moduleRequest, entries }) =>
      entries.map(
        ({ importName: { kind, name } }) =>
          `${resolveImport(path, moduleRequest.value)} ${kind === 'Name' ? name : '*'}`,
      ),
    ),
    ...specifiers
      .slice(module.staticImports.length)
      .map((specifier) => `${resolveImport(path, specifier)} *`),
  ]
  const documented = (start: number) =>
    comments.some(
      ({ value, end }) =>
        value.startsWith('*') && text.slice(end, start).trim() === '' && wordsOf(value) >= LEAST_WORDS,
    )
  return {
    path,
    text,
    lines: text.split('\n').length - 1,
    imports: specifiers.map((specifier) => resolveImport(path, specifier)),
    loads: module.staticImports
      .filter(({ entries }) => entries.length === 0 || entries.some(({ isType }) => !isType))
      .map(({ moduleRequest: { value } }) => resolveImport(path, value)),
    taken,
    exports: module.staticExports.flatMap(({ entries }) =>
      entries.map(({ exportName }) => exportName.name ?? 'default'),
    ),
    functions: functionsIn(program).map(({ start, end }) => ({
      line: lineOf(start),
      lines: lineOf(end) - lineOf(start) + 1,
    })),
    undocumented: program.body
      .filter((node) => node.type === 'ExportNamedDeclaration' && node.declaration && !documented(node.start))
      .map((node) => text.slice(node.start, node.start + 60).split('\n')[0]!),
  }
}

/** In fewer words a docstring says only what the name does. */
const LEAST_WORDS = 4

function wordsOf(comment: string): number {
  return comment.split(/[\s*]+/).filter((word) => /\w/.test(word)).length
}

function resolveImport(path: string, specifier: string): string {
  return specifier.startsWith('.') ? relative(root, join(root, dirname(path), specifier)) : specifier
}

interface Span {
  readonly start: number
  readonly end: number
}

/** Declared functions, methods and arrow functions with a block body, nested ones too. */
function functionsIn(node: unknown): Span[] {
  if (Array.isArray(node)) return node.flatMap(functionsIn)
  if (typeof node !== 'object' || node === null) return []
  const inner = Object.values(node).flatMap(functionsIn)
  return isFunction(node) ? [{ start: node.start, end: node.end }, ...inner] : inner
}

function isFunction(node: object): node is Span {
  if (!('type' in node) || !('body' in node)) return false
  if (node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression') return true
  const { body } = node
  return (
    node.type === 'ArrowFunctionExpression' &&
    typeof body === 'object' &&
    body !== null &&
    'type' in body &&
    body.type === 'BlockStatement'
  )
}

/** The middle value of `values`. */
export function median(values: readonly number[]): number {
  return [...values].sort((first, second) => first - second)[Math.floor(values.length / 2)]!
}
