import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { AppError, invalid } from './errors.ts'
import { doubtfulSetting, misspelledSetting } from './misspelled.ts'
import { parseSource, SOURCE_FORMS } from './storage/source.ts'

/** Settings by name, as the environment of a process holds them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What {@link readerOf} makes. */
export type Reader = ReturnType<typeof readerOf>

/** Reads settings of each kind; every error names the setting, what it should be and what it is. */
export function readerOf(environment: Environment) {
  const asked = new Set<string>()
  const valueGiven = (name: string) => {
    asked.add(name)
    return environment[name]
  }
  const text = (name: string) => valueGiven(name)?.trim() || undefined
  const list = (name: string) =>
    text(name)
      ?.split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '')
  return {
    text,
    list,
    refuseMisspelled: () => refuseMisspelled(environment, asked),
    doubts: () => doubtsOf(environment, asked),
    integer(name: string, least: number, most: number, otherwise: number): number {
      const given = text(name)
      if (given === undefined) return Math.floor(otherwise)
      const value = Number(given)
      if (/^\d+$/.test(given) && value >= least && value <= most) return value
      throw wrong(name, `is "${given}"; expected a whole number from ${least} to ${most}`)
    },
    pairs: (name: string) => readPairs(name, list(name) ?? []),
    flag(name: string): boolean {
      const given = text(name)
      if (given === undefined || given === 'false') return false
      if (given === 'true') return true
      throw wrong(name, `is "${given}"; expected true or false`)
    },
    sources(name: string): string[] | undefined {
      return list(name)?.map((item) => {
        const source = parseSource(item)
        if (source) return source.kind === 'directory' ? resolve(source.folder) : item
        throw wrong(name, `has "${item}"; expected ${SOURCE_FORMS}, separated by commas`)
      })
    },
    place(name: string): string | undefined {
      const given = text(name)
      return given === undefined ? undefined : readPlace(name, given)
    },
    /** An IPv6 address may stand in brackets, as it does in the address that the start prints. */
    host: (name: string) => text(name)?.replace(/^\[([\da-f:.]+)\]$/i, '$1'),
    path: (name: string) => readPath(name, text(name)),
    url(name: string): string | undefined {
      const given = text(name)
      if (given === undefined || /^https?:\/\/[^/?#]+/.test(given)) return given
      throw wrong(name, `is "${given}"; expected an address that begins with http:// or https://`)
    },
    /** An empty secret is a mistake that would open the service to everyone, so it does not count as absent. */
    secret(name: string, form = 'a token without spaces'): string | undefined {
      const given = valueGiven(name)
      if (given === undefined || /^\S+$/.test(given)) return given
      throw wrong(name, `is ${given.trim() === '' ? 'empty' : 'not one word'}; expected ${form}`)
    },
  }
}

function readPlace(name: string, given: string): string {
  const source = parseSource(given)
  if (source?.kind === 's3') return given
  if (source?.kind === 'directory') return resolve(source.folder)
  throw wrong(name, `is "${given}"; expected a directory or s3://bucket/prefix`)
}

/** A path without the slash at its end; the root counts as absent. */
function readPath(name: string, text: string | undefined): string | undefined {
  const path = text?.replace(/\/+$/, '') || undefined
  if (path === undefined || /^(\/[\w.~-]+)+$/.test(path)) return path
  throw wrong(name, `is "${path}"; expected a path such as /embeddings`)
}

function readPairs(name: string, items: readonly string[]): Record<string, string> {
  const pairs = items.map((item) => {
    const [, key, value] = /^([\w.:/-]+)\s*=\s*([\w.-]+)$/.exec(item) ?? []
    if (key && value) return [key, value] as const
    throw wrong(name, `has "${item}"; expected alias=model, separated by commas`)
  })
  const twice = pairs.find(([key], index) => pairs.findIndex(([other]) => other === key) < index)
  if (twice) throw wrong(name, `has the alias "${twice[0]}" twice; expected each once`)
  return Object.fromEntries(pairs)
}

/**
 * Refuses a variable that was meant to be one of the settings asked for so far, and would be ignored: with `AUTH_TOKN` a
 * service would be open to everyone. Where the right one is there too, the other is another program's.
 */
function refuseMisspelled(environment: Environment, asked: ReadonlySet<string>): void {
  const ours = unset(environment, asked)
  for (const name of Object.keys(environment)) {
    const meant = asked.has(name) ? undefined : misspelledSetting(name, ours)
    if (meant) throw unknownSetting(name, meant)
  }
}

/** Settings that may have been meant, in sentences: guesses too weak to keep a service from starting. */
function doubtsOf(environment: Environment, asked: ReadonlySet<string>): string[] {
  const ours = unset(environment, asked)
  return Object.keys(environment).flatMap((name) => {
    const meant = asked.has(name) ? undefined : doubtfulSetting(name, ours)
    return meant
      ? [
          `The variable ${name} is not read; if the setting ${meant} is meant, rename it; otherwise all is well.`,
        ]
      : []
  })
}

/** The settings asked for that the environment does not have. */
function unset(environment: Environment, asked: ReadonlySet<string>): string[] {
  return [...asked].filter((name) => !name.startsWith('AWS_') && environment[name] === undefined)
}

/**
 * Refuses directories among sources that are not there: a service would start, and answer 503 to every request.
 *
 * @throws AppError `invalid_request` that names the setting and the directory
 */
export function requireDirectories(name: string, sources: readonly string[]): void {
  for (const source of sources) {
    if (parseSource(source)?.kind !== 'directory' || isDirectory(source)) continue
    throw wrong(name, `names the directory ${source}, which is not there`)
  }
}

/** Whether there is such a directory. */
export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function unknownSetting(name: string, meant: string): AppError {
  const message = `There is no setting ${name}, which would be ignored; did you mean ${meant}? Rename it; if another program needs it, unset it for this one.`
  return new AppError('invalid_request', message, { details: { field: name, nearest: [meant] } })
}

/** The error of a setting. */
export function wrong(name: string, problem: string): AppError {
  return invalid(name, `The setting ${name} ${problem}; correct or unset it.`)
}
