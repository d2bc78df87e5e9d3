/** Common English words and some of job titles, most useful first. */
export const ENGLISH: readonly string[] = `
the of and a to in is you that it he was for on are as with his they i at be this have from or one had by word but not
what all were we when your can said there use an each which she do how their if will up other about out many then them
these so some her would make like him into time has look two more write go see number no way could people my than first
water been call who oil its now find long down day did get come made may part over new sound take only little work know
place year live me back give most very after thing our just name good sentence man think say great where help through
much before line right too mean old any same tell boy follow came want show also around form three small set put end
does another well large must big even such because turn here why ask went men read need land different home us move try
hello world cat dog sat mat text vector data model test query document example house city car music food
software engineer engineering developer manager nurse teacher driver sales assistant analyst science scientist doctor
chef designer lawyer job worker company business service school student
`
  .trim()
  .split(/\s+/)

/** Endings that words are put together with. */
export const ENDINGS: readonly string[] = 's ed ing er ly tion al ment ness or ist able'.split(' ')

/** Common Chinese characters, the most frequent first. */
export const CHINESE: readonly string[] = [
  ...'的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里',
  ...'用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实',
  ...'日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政',
  ...'美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员',
  ...'解水名真论处走义各入几口认条平系气题活更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计',
  ...'管期市直资命山金指程师医护软售律司招聘测试猫狗喜欢吃喝',
]

/** Western letters, digits and signs, and the signs of Chinese texts. */
export const LETTERS: readonly string[] = [...'abcdefghijklmnopqrstuvwxyz0123456789']

/** Punctuation of English and Chinese texts. */
export const SIGNS: readonly string[] = [...'!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~，。！？：；、（）《》“”']
