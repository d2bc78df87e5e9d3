import type { LlamaRuntime } from '../../src/models/generate/llama/runtime.ts'

/** What a runtime of letters says, and what it was told. */
interface LetterRuntime extends LlamaRuntime {
  /** How many tokens each evaluation had. */
  readonly evaluations: number[]
}

const END = 0
const codePoints = (text: string) => Array.from(text, (letter) => letter.codePointAt(0)!)

/**
 * A runtime without a model: a token is a code point, special pieces in `<>` are one token each, and behind whatever
 * prompt it says `says`, then the end. Bytes of `é` come as two tokens, as llama.cpp gives them.
 */
export function createLetterRuntime(says: string, changes: Partial<LlamaRuntime> = {}): LetterRuntime {
  const evaluations: number[] = []
  let cache: number[] = []
  const specials = new Map<string, number>()
  const specialToken = (piece: string) => {
    if (!specials.has(piece)) specials.set(piece, -1 - specials.size)
    return specials.get(piece)!
  }
  const answer = [
    ...codePoints(says).flatMap((point) => (point === 0xe9 ? [0xe9_00, 0xe9_01] : [point])),
    END,
  ]
  let said = 0
  const put = (tokens: readonly number[]) => {
    evaluations.push(tokens.length)
    cache = [...cache, ...tokens]
  }
  const tokenize = (text: string, special: boolean) =>
    special
      ? text
          .split(/(<[^>]*>)/)
          .filter(Boolean)
          .flatMap((part) => (part.startsWith('<') ? [specialToken(part)] : codePoints(part)))
      : codePoints(text)
  return {
    evaluations,
    contextTokens: 256,
    begin: undefined,
    tokenize,
    textOf: (tokens) =>
      String.fromCodePoint(...tokens)
        .replaceAll(String.fromCodePoint(0xe9_00, 0xe9_01), 'é')
        .replaceAll(String.fromCodePoint(0xe9_00), '\uFFFD'),
    endsAnswer: (token) => token === END,
    async keep(tokens) {
      said = 0
      const differs = tokens.findIndex((token, place) => cache[place] !== token)
      cache = cache.slice(0, differs < 0 ? Math.min(tokens.length, cache.length) : differs)
      return cache.length
    },
    evaluate: async (tokens) => put(tokens),
    async likely(token, { top, tokens = [] }) {
      put([token])
      const next = answer[Math.min(said++, answer.length - 1)]!
      const others = [0x78, 0x79, 0x7a]
        .filter((one) => one !== next)
        .map((one, rank) => [one, -3 - rank] as const)
      const best = [[next, -0.1] as const, ...others].slice(0, Math.max(1, top))
      return [...best, ...tokens.filter((one) => one !== next).map((one) => [one, -2] as const)]
    },
    async *constrained(token, { schema }) {
      put([token])
      const [value] = Array.isArray(schema.enum) ? schema.enum : []
      // A grammar lets white space follow without end.
      for (const point of codePoints(`${JSON.stringify(value)}\n\n\n\n`))
        yield { token: point, likely: [[point, 0]] }
      yield { token: END, likely: [] }
    },
    close: async () => {},
    ...changes,
  }
}
