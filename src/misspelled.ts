/**
 * Words that are one letter from a word of a setting and words of their own: a variable with one of them belongs to
 * another program. `OAUTH_TOKEN`, `GH_TOKEN` and `S3_ENDPOINT` differ in a first letter or a short word, which no typo
 * does, and need not stand here.
 */
const OTHER_WORDS = new Set(
  'MODE MODES MODULE MODULES MODAL AUTO AUTHN AUTHZ AUTHOR AUTHORS TAKEN LIMITER QUEUED CACHED CACHING BATES MAP MAC MAN LOT LOW LAG SPLIT RANGED RANGER RELOAD WORKER THREAD COLLECTION COLLECTOR POST TREADS'.split(
    ' ',
  ),
)
/** A shorter single word, such as `PORT` or `HOST`, is too near to too many. */
const LEAST_SINGLE = 7
/** From so many letters on a word may have two wrong ones. */
const LONG_WORD = 7
const MOST_WRONG = 2

/**
 * The setting that a variable of another name was most likely meant to be; nothing when it may well be another program's.
 * Careful, because a wrong guess keeps somebody's service from starting: as many words as the setting has, each with its
 * first letter, at most one wrong letter in a word (two in a long one), two in all, and short words as they are. Letter
 * case and separators are free in names of several words (`auth_token`, `AUTHTOKEN`).
 */
export function misspelledSetting(name: string, settings: Iterable<string>): string | undefined {
  for (const setting of settings) if (mayMean(name, setting) && isMisspelled(name, setting)) return setting
  return undefined
}

/** One letter from a setting, and what other programs really use. */
const NO_DOUBT = new Set(['POST'])

/**
 * The setting that a variable may have been meant to be, for a word of warning: a guess that {@link misspelledSetting} is too
 * careful for, such as `HOSTS`, `port` or `THREAD`, since variables of these names are common in other programs.
 */
export function doubtfulSetting(name: string, settings: Iterable<string>): string | undefined {
  for (const setting of settings) if (mayMean(name, setting) && isDoubtful(name, setting)) return setting
  return undefined
}

/**
 * Whether a name is near enough to a setting to be looked at: of about its length, and of its first two letters one is
 * among the setting's. Most pairs end here, of which each cold start has 2,000.
 */
function mayMean(name: string, setting: string): boolean {
  if (name === setting || Math.abs(name.length - setting.length) > MOST_WRONG + 2) return false
  const [first, second] = [name.charCodeAt(0) & CAPITAL, name.charCodeAt(1) & CAPITAL]
  const begins = setting.charCodeAt(0)
  return first === begins || second === begins || first === setting.charCodeAt(1) || first === UNDERLINE
}

/** Takes the bit from a letter of ASCII that makes it small. */
const CAPITAL = 0xdf
const UNDERLINE = 0x5f

function isDoubtful(name: string, setting: string): boolean {
  const given = name.toUpperCase().split(/[-_.]/)
  const wanted = setting.split('_')
  if (NO_DOUBT.has(name) || given.length !== wanted.length) return false
  const wrong = given.map((word, index) => lettersApart(word, wanted[index]!))
  return Math.max(...wrong) <= 1 && wrong.reduce((sum, own) => sum + own, 0) <= MOST_WRONG
}

/** As {@link wrongLetters}, for words that may be another program's, and for short ones. */
function lettersApart(word: string, wanted: string): number {
  if (word === wanted) return 0
  const begins = word[0] === wanted[0] || word.slice(0, 2) === wanted[1]! + wanted[0]!
  return wanted.length < 4 || !begins ? Number.POSITIVE_INFINITY : editsBetween(word, wanted)
}

function isMisspelled(name: string, setting: string): boolean {
  const upper = name.toUpperCase()
  const wanted = setting.split('_')
  if (wanted.length > 1 && upper.replaceAll(/[-_.]/g, '') === wanted.join('')) return true
  const given = upper.split('_')
  if (given.length !== wanted.length || name !== upper) return false
  if (wanted.length === 1 && setting.length < LEAST_SINGLE) return false
  let wrong = 0
  for (const [index, word] of given.entries()) {
    const own = wrongLetters(word, wanted[index]!)
    wrong += own
    if (wrong > (wanted.length === 1 ? 1 : MOST_WRONG)) return false
  }
  return true
}

/** How many letters of a word are wrong, exchanged ones counting once; Infinity when it is another word. */
function wrongLetters(word: string, wanted: string): number {
  if (word === wanted) return 0
  if (OTHER_WORDS.has(word) || wanted.length < 4 || word.length < 3) return Number.POSITIVE_INFINITY
  const exchanged = word.slice(0, 2) === wanted[1]! + wanted[0]!
  if (word[0] !== wanted[0] && !exchanged && word !== wanted.slice(1)) return Number.POSITIVE_INFINITY
  const wrong = editsBetween(word, wanted)
  return wrong <= (wanted.length >= LONG_WORD ? 2 : 1) ? wrong : Number.POSITIVE_INFINITY
}

/** Letters to change, add, drop or exchange with their neighbour. */
function editsBetween(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, index) => index)]
  for (let i = 1; i <= one.length; i++) {
    const row = [i]
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1]
      let least = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
      if (swapped) least = Math.min(least, rows[i - 2]![j - 2]! + 1)
      row.push(least)
    }
    rows.push(row)
  }
  return rows[one.length]![other.length]!
}
