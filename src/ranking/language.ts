/** A language that texts are told apart by; a pair of them is `en-zh`, in the order of the alphabet. */
export type TextLanguage = 'en' | 'zh'

/** So much of a text says which language it is in; a match may have to tell that of 20,000 texts. */
const LOOKED_AT = 1000
/** A Chinese character says about as much as two Latin letters do. */
const HAN_WEIGHT = 2

/**
 * The language of a text by its script: `zh` where Chinese characters outweigh Latin letters, as in `Java 工程师`; `en`
 * where they do not; undefined without either. French is taken for `en`, Japanese written in Kanji for `zh`.
 *
 * @param text any length; its first 1,000 UTF-16 units are looked at
 */
export function languageOf(text: string): TextLanguage | undefined {
  const end = Math.min(text.length, LOOKED_AT)
  let [han, latin] = [0, 0]
  for (let at = 0; at < end; at++) {
    const unit = text.charCodeAt(at)
    if (isLatin(unit)) latin += 1
    else if (isHan(unit)) han += HAN_WEIGHT
  }
  if (han + latin === 0) return undefined
  return han >= latin ? 'zh' : 'en'
}

function isLatin(unit: number): boolean {
  const lower = unit | 0x20
  return lower >= 0x61 && lower <= 0x7a
}

/** Of the two blocks that texts are written with; rarer characters hardly decide what a text is. */
function isHan(unit: number): boolean {
  return unit >= 0x3400 && unit <= 0x9fff && !(unit >= 0x4dc0 && unit <= 0x4dff)
}

/** A pair of languages by its name, `en-zh` in either order; undefined where one is not known. */
export function languagePair(
  one: TextLanguage | undefined,
  other: TextLanguage | undefined,
): string | undefined {
  if (!one || !other) return undefined
  return one < other ? `${one}-${other}` : `${other}-${one}`
}
