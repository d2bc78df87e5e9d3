import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runModelCommand } from '../../../scripts/models/commands.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { writeGguf } from '../../support/gguf.ts'

/** Describes a file with these bytes, in a catalog of its own. */
function add(name: string, bytes: Uint8Array): Promise<void> {
  const folder = temporaryFolder('llm-foreign-')
  const path = join(folder, name)
  const catalog = join(folder, 'catalog.json')
  writeFileSync(path, bytes)
  writeFileSync(catalog, '[]')
  return runModelCommand('add', [path], {
    ...{ catalog, folder, lock: join(folder, 'lock.json'), generators: join(folder, 'generators.json') },
    ...{ id: 'foreign', environment: {}, print: () => {}, programs: folder, others: [] },
  })
}

test.each<[string, Uint8Array, RegExp]>([
  ['MODEL.GGUF', writeGguf(), /MODEL.GGUF is a GGUF file by another name; rename it, so that it ends with/],
  ['blob', writeGguf(), /blob is a GGUF file by another name; rename it/],
  ['page.gguf', Buffer.from('<!DOCTYPE html>'), /does not begin with the letters GGUF; copy or convert/],
  [
    'phi.gguf',
    writeGguf({ values: { 'general.architecture': 'phi3' } }),
    /its architecture is "phi3"; .*; take another model, or have a server of its own run it/,
  ],
  ['a-00001-of-00003.gguf', writeGguf({ values: { 'split.count': 3 } }), /merge them: `llama-gguf-split/],
  [
    'voiceless.gguf',
    writeGguf({ values: { 'tokenizer.ggml.model': 'none' } }),
    /its tokenizer.ggml.model is "none"; expected llama or gpt2/,
  ],
])('says in one sentence why a language model cannot be added from %s', async (name, bytes, sentence) => {
  await expect(add(name, bytes)).rejects.toThrow(sentence)
})
