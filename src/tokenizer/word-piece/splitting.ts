import { isRecord } from '../../is-record.ts'
import type { TokenizerComponent } from '../file/tokenizer-file.ts'

/** The regular expression by which a tokenizer.json parts Chinese from everything else; see {@link bertSplitting}. */
const IDEOGRAPHS = '[\u4e00-\u9fff]+'

/** Whether a UTF-16 unit is one of the characters that `IDEOGRAPHS` matches. */
export function isIdeograph(unit: number): boolean {
  return unit >= 0x4e00 && unit <= 0x9fff
}

/**
 * The pre-tokenizer of a vocabulary with Chinese words: BERT's, then runs of Chinese characters apart from what stands
 * beside them without a space, so that "高级Java工程师" has the same tokens as "高级 Java 工程师".
 */
export const PARTED_SPLITTING: TokenizerComponent = {
  type: 'Sequence',
  pretokenizers: [
    { type: 'BertPreTokenizer' },
    { type: 'Split', pattern: { Regex: IDEOGRAPHS }, behavior: 'Isolated', invert: false },
  ],
}

/** BERT's way to split text into words: whether Chinese is parted from everything else. Undefined for another way. */
export function bertSplitting(
  splitter: TokenizerComponent | null,
): { readonly partsIdeographs: boolean } | undefined {
  if (splitter?.type === 'BertPreTokenizer') return { partsIdeographs: false }
  const steps: unknown[] =
    splitter?.type === 'Sequence' && Array.isArray(splitter.pretokenizers) ? splitter.pretokenizers : []
  const [bert, split] = steps
  const parted =
    steps.length === 2 &&
    isRecord(bert) &&
    bert.type === 'BertPreTokenizer' &&
    isRecord(split) &&
    split.type === 'Split' &&
    split.behavior === 'Isolated' &&
    split.invert !== true &&
    isRecord(split.pattern) &&
    split.pattern.Regex === IDEOGRAPHS
  return parted ? { partsIdeographs: true } : undefined
}
