/** What SentencePiece's rules (nmt_nfkc) leave out of a text. */
const REMOVED = /(?![\0\t\n\f\r\x80-\x8e\x90-\x9e])\p{Cc}/gu
/** What they make a plain space of. */
const SPACES = /[\t\n\f\r\u00a0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u2581\u3000\ufeff\ufffd]/g
/** Characters that may join the one before them: marks, and the vowels and finals of Korean syllables. */
const JOINING = /[\p{M}\u1160-\u11ff]/u
/** Beyond so many bytes of UTF-8 the rules are asked for each character of a cluster alone. */
const MOST_BYTES = 5
/** The rules keep the full-width tilde, which NFKC does not. */
const TILDE = '\uff5e'

let segmenter: Intl.Segmenter | undefined

/**
 * Normalizes as the reference implementation in Rust applies the rules of XLM-R's tokenizer.json (`Precompiled`): NFKC, but
 * for clusters of six bytes and more, whose characters are not joined. So a Korean syllable in parts, as macOS writes
 * file names, stays in parts.
 */
export function normalizePrecompiled(text: string): string {
  const plain = text.replace(REMOVED, '').replace(SPACES, ' ')
  return plain.split(TILDE).map(compatible).join(TILDE)
}

function compatible(text: string): string {
  if (!JOINING.test(text)) return text.normalize('NFKC')
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  let normalized = ''
  for (const { segment } of segmenter.segment(text)) {
    const parts = Buffer.byteLength(segment) > MOST_BYTES ? [...segment] : [segment]
    for (const part of parts) normalized += part.normalize('NFKC')
  }
  return normalized
}
