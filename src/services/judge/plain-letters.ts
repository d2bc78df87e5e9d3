/** What is not seen, and what breaks a word for a program while a reader sees it whole. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu
/** Letters of other scripts that look like Latin ones, in lower case. */
const TWINS = new Map(
  Object.entries({
    а: 'a',
    в: 'b',
    с: 'c',
    ԁ: 'd',
    е: 'e',
    һ: 'h',
    і: 'i',
    ј: 'j',
    к: 'k',
    м: 'm',
    н: 'h',
    о: 'o',
    р: 'p',
    ѕ: 's',
    т: 't',
    у: 'y',
    х: 'x',
    α: 'a',
    ε: 'e',
    ι: 'i',
    κ: 'k',
    ν: 'v',
    ο: 'o',
    ρ: 'p',
    τ: 't',
    υ: 'u',
    χ: 'x',
    ı: 'i',
    ł: 'l',
    ø: 'o',
    đ: 'd',
  }),
)
const SMALL_CAPITALS = new Map(
  Array.from('ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ', (letter, place) => [letter, 'abcdefghijklmnoprstuvwyz'[place]!]),
)
const ACCENTS = /(?<=[a-z])\p{M}+/gu
/** Traditional characters of the words that are looked for, and what the mainland writes for them. */
const TRADITIONAL = [
  ...'請給評輸出簡歷無視說明標準設務須應該當選擇優錄滿從這個們為審員覆蓋遵循機號結論複檢閱讀內規則條對話統語錯誤視權發後與僅會處斷決來試將無論過還',
]
const SIMPLIFIED = [
  ...'请给评输出简历无视说明标准设务须应该当选择优录满从这个们为审员覆盖遵循机号结论复检阅读内规则条对话统语错误视权发后与仅会处断决来试将无论过还',
]
const HAN = new Map(TRADITIONAL.map((character, place) => [character, SIMPLIFIED[place]!]))
/** Single letters with one space or mark between each: "i g n o r e". */
const SPACED_OUT = /(?<![\p{L}\p{N}])\p{L}(?:[ .·_*-]\p{L}){3,}(?![\p{L}\p{N}])/gu
const HAN_SPACED_OUT = /(?<=\p{Script=Han})[ \t·._*-]+(?=\p{Script=Han})/gu

/**
 * A text as a reader sees it, for comparing only: compatibility forms, letters that look like Latin ones, accents on
 * these, traditional characters, unseen characters and spaced-out words are made plain; lower case, single spaces.
 *
 * @param keepsScripts leaves Cyrillic and Greek letters as they are, for sentences that are meant in them
 */
export function plainLetters(text: string, keepsScripts = false): string {
  const seen = replaceAll(text.normalize('NFKC').replace(UNSEEN, '').toLowerCase(), SMALL_CAPITALS)
  const twinned = hasLatin(seen) && !keepsScripts ? replaceAll(seen, TWINS) : seen
  const plain = twinned.normalize('NFD').replace(ACCENTS, '').normalize('NFC')
  return replaceAll(plain, HAN)
    .replace(SPACED_OUT, (word) => word.replace(/[ .·_*-]/g, ''))
    .replace(HAN_SPACED_OUT, '')
    .replace(/\s+/g, ' ')
    .trim()
}

/** A text wholly in Russian or Greek has no Latin letters to hide among, and is left as it is. */
const hasLatin = (text: string) => /[a-z]/.test(text)

const replaceAll = (text: string, letters: ReadonlyMap<string, string>) =>
  Array.from(text, (letter) => letters.get(letter) ?? letter).join('')
