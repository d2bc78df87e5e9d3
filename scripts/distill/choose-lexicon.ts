import { resolve } from 'node:path'
import type { Manifest } from '../../src/models/catalog/manifest.ts'
import { locateArtifacts } from '../../src/models/files/artifacts.ts'
import { createDirectoryStore } from '../../src/storage/directory.ts'
import { parseSource } from '../../src/storage/source.ts'
import { type Lexicon, readLexicon } from './lexicon.ts'

/** Whose pieces a student has: those that read the texts best, those of the bundled model, or its teacher's. */
export const VOCABULARIES = ['auto', 'bundled', 'teacher'] as const
/** One of {@link VOCABULARIES}. */
export type VocabularyChoice = (typeof VOCABULARIES)[number]

/** Texts that are looked at to choose. */
const LOOKED_AT = 2000
/** Lost letters, of a hundred, from which on the teacher's pieces are tried. */
const MOST_LOST = 0.01

/**
 * The vocabulary of a student. Left to itself that of the bundled model, which has English, 10,000 Chinese words and
 * traditional characters in one list; that of the teacher where more than 1 % of the letters would be lost (other
 * scripts) and the teacher's loses fewer.
 *
 * @param sources folders with a folder for each model
 */
export async function chooseLexicon(
  choice: VocabularyChoice,
  models: { readonly bundled: Manifest; readonly teacher: Manifest },
  texts: readonly string[],
  sources: readonly string[],
): Promise<Lexicon> {
  const read = async (manifest: Manifest) => readLexicon(manifest, await tokenizerOf(manifest, sources))
  if (choice === 'teacher') return read(models.teacher)
  const bundled = await read(models.bundled)
  if (choice === 'bundled') return bundled
  const some = texts.slice(0, LOOKED_AT)
  const lost = lostShare(bundled, some)
  if (lost <= MOST_LOST) return bundled
  const own = await read(models.teacher)
  return lostShare(own, some) < lost ? own : bundled
}

/** Share of the letters and digits of texts that no piece spells. */
export function lostShare(
  { idsOf, spelled }: Pick<Lexicon, 'idsOf' | 'spelled'>,
  texts: readonly string[],
): number {
  let [all, read] = [0, 0]
  for (const text of texts) {
    const letters = countLetters(text)
    let found = 0
    for (const piece of idsOf(text)) found += countLetters(spelled[piece]!)
    all += letters
    read += Math.min(letters, found)
  }
  return all === 0 ? 0 : 1 - read / all
}

function countLetters(text: string): number {
  return text.normalize('NFKC').match(/[\p{L}\p{N}]/gu)?.length ?? 0
}

async function tokenizerOf(manifest: Manifest, sources: readonly string[]): Promise<string> {
  const stores = sources.flatMap((name) => {
    const source = parseSource(name)
    return source?.kind === 'directory' ? [createDirectoryStore(resolve(source.folder))] : []
  })
  const artifacts = await locateArtifacts(manifest, stores)
  try {
    return await artifacts.verifiedText(manifest.tokenizer)
  } finally {
    artifacts.release()
  }
}
