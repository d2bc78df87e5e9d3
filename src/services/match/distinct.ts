/** A list of texts without repetitions. */
interface DistinctTexts {
  /** In the order in which they first came. */
  readonly texts: readonly string[]
  /** The place of a text in the list, to which it is added when it is new. */
  placeOf(text: string): number
}

/** Characters of a text that are looked at before it is compared with others. */
const SAMPLES = 8

/**
 * An empty list. Texts are told apart by their lengths and a few characters before they are compared: a map of strings
 * would read every long text as a whole to hash it.
 */
export function createDistinct(): DistinctTexts {
  const texts: string[] = []
  const byKey = new Map<number, number[]>()
  return {
    texts,
    placeOf(text) {
      const key = keyOf(text)
      const alike = byKey.get(key)
      const known = alike?.find((place) => texts[place] === text)
      if (known !== undefined) return known
      const place = texts.push(text) - 1
      if (alike) alike.push(place)
      else byKey.set(key, [place])
      return place
    },
  }
}

function keyOf(text: string): number {
  let key = text.length
  for (let sample = 0; sample < SAMPLES; sample++) {
    const at = Math.floor((sample * (text.length - 1)) / (SAMPLES - 1))
    key = (Math.imul(key, 31) + text.charCodeAt(at)) | 0
  }
  return key
}
