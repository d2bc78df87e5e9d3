import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Occupation } from './data.ts'

/** What a Chinese word means in English. */
export interface Gloss {
  readonly text: string
  /** 2: a title of ESCO or O*NET; 1: ends as such titles do; 0: anything else. */
  readonly job: number
}

/** A Chinese title with an English one for it, made word by word out of a dictionary. */
export interface TitlePair {
  readonly chinese: string
  readonly english: string
  /** `e`: the English title is a real one; `z`: the Chinese one is. */
  readonly kind: string
  readonly occupation: string
}

/** Glosses of simplified Chinese words by CC-CEDICT, in its order. */
export function readGlosses(folder: string): Map<string, Gloss[]> {
  const words = new Map<string, Gloss[]>()
  for (const [word, text, job] of readLines(folder, 'cedict-pairs.tsv')) {
    const glosses = words.get(word!) ?? []
    glosses.push({ text: text!, job: Number(job) })
    words.set(word!, glosses)
  }
  return words
}

/** Words in traditional characters with their simplified forms, of equal length. */
export function readTraditional(folder: string): Map<string, string> {
  return new Map(
    readLines(folder, 'traditional.tsv').map(([traditional, simplified]) => [traditional!, simplified!]),
  )
}

/** CSCO, China's classification of occupations, of all its levels: aliases as titles; definition and tasks as texts. */
export function readCsco(folder: string): Occupation[] {
  const filled = (texts: readonly string[]) => texts.filter((text) => text !== '')
  return readLines(folder, 'csco.tsv')
    .slice(1)
    .map(([, id, name, aliases, definition, tasks]) => ({
      id: id!,
      name: name!,
      titles: filled((aliases ?? '').split('|')),
      texts: filled([definition ?? '', ...(tasks ?? '').split('|')]),
    }))
}

/** Titles of Chinese advertisements with the CSCO occupation that they were sorted under. */
export function readCscoTitles(
  folder: string,
  split: 'train' | 'dev',
): { readonly title: string; readonly name: string }[] {
  return readLines(folder, 'csco-titles-train.tsv')
    .filter(([, , , part]) => part === split)
    .map(([title, , name]) => ({ title: title!, name: name! }))
}

/** Pairs of titles of which one was translated word by word. */
export function readSynthetic(folder: string): TitlePair[] {
  return readLines(folder, 'synthetic.tsv').map(([chinese, english, kind, occupation]) => ({
    chinese: chinese!,
    english: english!,
    kind: kind!,
    occupation: occupation!,
  }))
}

/** Pairs of titles that were translated by hand: to evaluate with, never to train on. */
export function readTitlePairs(folder: string): { readonly chinese: string; readonly english: string }[] {
  return readLines(folder, 'dev-titles.tsv').map(([chinese, english]) => ({
    chinese: chinese!,
    english: english!,
  }))
}

function readLines(folder: string, name: string): string[][] {
  const path = join(folder, 'zh', name)
  if (!existsSync(path)) {
    throw new Error(
      `${path} does not exist; expected the Chinese part of the training data, the folder zh of the data folder; name the right folder with --data.`,
    )
  }
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => line.replace(/\r$/, '').split('\t'))
}
