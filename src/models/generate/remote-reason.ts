/** So many characters in a row are no chance: they came from what was sent. */
const GRAM = 8

/**
 * The words of a server without what it was sent, which servers repeat in their refusals: no part of a conversation
 * and no key gets into a log. Takes time in proportion to both.
 */
export function withoutSent(reason: string, key: string | undefined, sent: readonly string[]): string {
  const told = unescaped(key ? reason.replaceAll(key, '…') : reason)
  const places = new Map<string, number[]>()
  for (let at = 0; at + GRAM <= told.length; at++) {
    const gram = told.slice(at, at + GRAM)
    const known = places.get(gram)
    if (known) known.push(at)
    else places.set(gram, [at])
  }
  const hidden = new Uint8Array(told.length)
  for (const text of sent) {
    for (let at = 0; at + GRAM <= text.length && places.size > 0; at++) {
      const gram = text.slice(at, at + GRAM)
      for (const place of places.get(gram) ?? []) hidden.fill(1, place, place + GRAM)
      places.delete(gram)
    }
  }
  return told
    .split('')
    .map((unit, at) => (hidden[at] ? (hidden[at - 1] ? '' : '…') : unit))
    .join('')
}

/** JSON may write any character by its number. */
const unescaped = (text: string) =>
  text.replace(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
