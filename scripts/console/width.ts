/** Chinese, Japanese and Korean characters, full-width forms and emoji: two columns of a terminal each. */
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE4F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u
/** Marks that stand on the character before them, and signs that have no width. */
const NONE = /^[\p{Mn}\p{Me}\p{Cf}]$/u
const SIGNS = new Intl.Segmenter('zh', { granularity: 'grapheme' })

/** Columns that a text takes in a terminal: two for each Chinese character, none for marks on another one. */
export function widthOf(text: string): number {
  // Most texts of a table are plain, and counting signs takes a hundred times as long.
  if (/^[ -~]*$/.test(text)) return text.length
  let width = 0
  for (const { segment } of SIGNS.segment(text)) width += widthOfSign(segment)
  return width
}

function widthOfSign(sign: string): number {
  if (NONE.test(sign)) return 0
  return WIDE.test(sign) ? 2 : 1
}

/** The text with spaces behind it (or before it) up to `width` columns. */
export function padTo(text: string, width: number, before = false): string {
  const spaces = ' '.repeat(Math.max(0, width - widthOf(text)))
  return before ? spaces + text : text + spaces
}

/** The text on one line, cut to `width` columns with `…` at its end where it is longer; signs stay whole. */
export function cutTo(text: string, width: number): string {
  return cutLine(text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim(), width)
}

/** As {@link cutTo} for what is one line already, whose spaces are kept. */
export function cutLine(line: string, width: number): string {
  if (widthOf(line) <= width) return line
  let cut = ''
  let used = 1
  for (const { segment } of SIGNS.segment(line)) {
    used += widthOfSign(segment)
    if (used > width) break
    cut += segment
  }
  return `${cut.trimEnd()}…`
}
