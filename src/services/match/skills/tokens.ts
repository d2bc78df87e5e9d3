/** A word of a text, or one Chinese character. */
export interface Token {
  /** `text.slice(start, end)`, in UTF-16 code units. */
  readonly start: number
  readonly end: number
  /** In compatible form and lower case, without dots but for one at its beginning (`.net`). */
  readonly name: string
  /** Whether it and the token before may belong to one name: only a space, hyphen, slash or dot is between them. */
  readonly joins: boolean
}

/** Words keep `+` and `#` (C++, C#) and inner dots (Node.js); where a language has no spaces, each character is one. */
const TOKENS =
  /\p{Script=Han}|\.?(?:(?!\p{Script=Han})[\p{L}\p{N}\p{M}])(?:(?!\p{Script=Han})[\p{L}\p{N}\p{M}+#＋＃]|[.．](?=[\p{L}\p{N}])(?!\p{Script=Han}))*/gu

/** The words of a text in order, in time linear in its length. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  let end = 0
  for (const { 0: word, index } of text.matchAll(TOKENS)) {
    const normal = word.normalize('NFKC').toLowerCase()
    const name = normal.slice(0, 1) + normal.slice(1).replaceAll('.', '')
    tokens.push({
      start: index,
      end: index + word.length,
      name,
      joins:
        tokens.length > 0 &&
        /^[ \-–/·_]?$/.test(text.slice(end, end + 2).slice(0, index - end)) &&
        index - end < 2,
    })
    end = index + word.length
  }
  return tokens
}
