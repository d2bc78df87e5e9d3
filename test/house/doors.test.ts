import { describe, expect, it } from 'vitest'
import { sourceFiles } from './source.ts'

const files = new Map(['src', 'functions'].flatMap(sourceFiles).map((file) => [file.path, file]))

/** Everything that is loaded as soon as a door is, files and packages, before anybody asks it for something. */
function loadedWith(door: string): string[] {
  const found = new Set<string>()
  const visit = (path: string) => {
    if (found.has(path)) return
    found.add(path)
    for (const next of files.get(path)?.loads ?? []) visit(next)
  }
  visit(`functions/${door}.ts`)
  return [...found]
}

/** What language models are made of: their app, their runtimes and their conversations. */
const OF_LANGUAGE_MODELS =
  /^src\/(generate-(app|models|open)\.ts|models\/(generate|gguf)\/|services\/chat\/|http\/chat[\w-]*\.ts)|^node-llama-cpp$/

describe('what a door loads before it is asked', () => {
  it.each(['embed', 'match', 'batch', 'split', 'train', 'worker', 'batch-thread', 'pull'])(
    'has nothing of language models in the door %s, which makes vectors',
    (door) => {
      const loaded = loadedWith(door)
      expect(loaded).toContain('src/errors.ts')
      expect(loaded.filter((path) => OF_LANGUAGE_MODELS.test(path))).toEqual([])
    },
  )

  it('has of language models no more than their routes and their list in the server', () => {
    const loaded = loadedWith('server')
    expect(loaded).toContain('src/generate-app.ts')
    const runtimes =
      /^src\/models\/(gguf|generate\/(llama|seq2seq|open|remote|chat-template))|^(node-llama-cpp|@huggingface\/jinja)$/
    expect(loaded.filter((path) => runtimes.test(path))).toEqual([])
  })

  it('has the native runtime in the door of its own process alone, behind an import of its own', () => {
    expect(loadedWith('llama')).toContain('src/models/generate/llama/llama-runtime.ts')
    const others = [...files.keys()].filter(
      (path) => path.startsWith('functions/') && path !== 'functions/llama.ts',
    )
    const reaching = others.filter((path) =>
      loadedWith(path.slice('functions/'.length, -'.ts'.length)).includes(
        'src/models/generate/llama/llama-runtime.ts',
      ),
    )
    expect([others.length > 10, reaching]).toEqual([true, []])
  })
})
