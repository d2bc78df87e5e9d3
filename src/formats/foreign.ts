import { invalid } from '../errors.ts'
import type { FileFormat } from './file-layout.ts'
import type { Compression } from './unpack.ts'

/** How files of another kind begin, in hexadecimal (`..` is any byte), what they are and what helps. */
const KINDS: readonly (readonly [begin: string, what: string, remedy: string])[] = [
  ['255044462d', 'a PDF', 'take its text out first, and send that as CSV, JSON lines or .txt'],
  ['d0cf11e0a1b11ae1', 'an old Excel or Word file', 'save it as CSV UTF-8, or as plain text'],
  ['7b5c727466', 'an RTF document', 'save it as plain text, one text in each line, or as CSV UTF-8'],
  ['50415231', 'a Parquet file', 'name it .parquet, or set format to parquet'],
  ['4f626a01', 'an Avro file', 'write it as Parquet or JSON lines'],
  ['4f5243', 'an ORC file', 'write it as Parquet or JSON lines'],
  ['4152524f5731', 'an Arrow file', 'write it as Parquet'],
  ['46454131', 'a Feather file', 'write it as Parquet'],
  ['894844460d0a', 'an HDF5 file', 'write it as Parquet or CSV UTF-8'],
  ['934e554d5059', 'a NumPy file', 'write it as Parquet or CSV UTF-8'],
  ['53514c69746520666f726d61742033', 'a SQLite database', 'export the table as CSV UTF-8'],
  ['425a68', 'packed with bzip2', 'unpack it, or pack it with gzip or zstd'],
  ['fd377a585a00', 'packed with xz', 'unpack it, or pack it with gzip or zstd'],
  ['04224d18', 'packed with lz4', 'unpack it, or pack it with gzip or zstd'],
  ['377abcaf271c', 'a 7-Zip archive', 'unpack it, and send each file by itself'],
  ['526172211a07', 'a RAR archive', 'unpack it, and send each file by itself'],
  ['89504e470d0a1a0a', 'a picture (PNG)', 'send its text'],
  ['ffd8ff', 'a picture (JPEG)', 'send its text'],
  ['47494638', 'a picture (GIF)', 'send its text'],
  ['52494646........57454250', 'a picture (WebP)', 'send its text'],
  ['49492a00', 'a picture (TIFF)', 'send its text'],
  ['4d4d002a', 'a picture (TIFF)', 'send its text'],
  ['........66747970', 'a film or a picture', 'send its text'],
  ['7f454c46', 'a program', 'send a file of texts'],
]

/** What lies in a ZIP file that is a document. */
const ZIPPED: readonly (readonly [part: string, what: string, remedy: string])[] = [
  ['xl/', 'an Excel workbook (.xlsx)', 'save it as CSV UTF-8 or Parquet'],
  ['word/', 'a Word document (.docx)', 'save it as plain text, one text in each line, or as CSV UTF-8'],
  ['ppt/', 'a PowerPoint document (.pptx)', 'save its text as .txt or CSV UTF-8'],
  ['opendocument.spreadsheet', 'an OpenDocument table (.ods)', 'save it as CSV UTF-8 or Parquet'],
  ['opendocument.text', 'an OpenDocument text (.odt)', 'save it as plain text or CSV UTF-8'],
]
const ZIP = '504b0304'
const TAR_MARK = 257

/**
 * Checks that the bytes of a file are packed as its name or settings say.
 *
 * @param head its first bytes
 * @throws AppError `invalid_request` when they are not
 */
export function checkPacking(head: Uint8Array, said: Compression): void {
  const packed = packingOf(head)
  if (packed === said || head.length === 0) return
  // The name of the kind of file helps more than that it is not packed.
  if (packed === 'none') refuseForeign(head, undefined)
  throw invalid(
    'compression',
    packed === 'none'
      ? `The file is said to be packed with ${said}, and is not; take the ending off its name, or set compression to "none".`
      : `The file is packed with ${packed}, which its name does not say; name it .${packed === 'gzip' ? 'gz' : 'zst'} behind its other ending, such as rows.csv.gz, or set compression to "${packed}".`,
  )
}

function packingOf(head: Uint8Array): Compression {
  if (begins(head, '1f8b')) return 'gzip'
  // A frame to be skipped begins with one of 16 marks.
  return begins(head, '28b52ffd') || (begins(head, '..2a4d18') && head[0]! >> 4 === 5) ? 'zstd' : 'none'
}

/**
 * Lets the beginning of a text or, where it is asked for, of a Parquet file through.
 *
 * @param head its first bytes, unpacked
 * @throws AppError `invalid_request` that names the kind of file and what helps
 */
export function refuseForeign(head: Uint8Array, format: FileFormat | undefined): void {
  if (packingOf(head) !== 'none') {
    throw invalid('compression', 'The file is packed twice; unpack it once, and send it again.')
  }
  const [what, remedy] = kindOf(head) ?? []
  if (what === undefined || (format === 'parquet' && begins(head, '50415231'))) return
  const expected = 'expected texts in CSV, TSV, JSON lines, JSON, plain lines or Parquet'
  throw invalid('format', `The file is ${what}; ${expected}; ${remedy}.`)
}

function kindOf(head: Uint8Array): readonly [what: string, remedy: string] | undefined {
  if (begins(head, ZIP)) {
    const names = Buffer.from(head).toString('latin1')
    const [, ...document] = ZIPPED.find(([part]) => names.includes(part)) ?? []
    const [what = 'a ZIP archive', remedy = 'unpack it, and send each file by itself'] = document
    return [what, remedy]
  }
  if (begins(head.subarray(TAR_MARK), '7573746172')) {
    return ['a tar archive', 'unpack it, and send each file by itself']
  }
  const [, ...kind] = KINDS.find(([begin]) => begins(head, begin)) ?? []
  const [what, remedy] = kind
  return what === undefined || remedy === undefined ? undefined : [what, remedy]
}

function begins(head: Uint8Array, mark: string): boolean {
  const hex = Buffer.from(head.subarray(0, mark.length / 2)).toString('hex')
  return hex.length === mark.length && [...mark].every((digit, at) => digit === '.' || digit === hex[at])
}

/** Browsers put a comment before pages that they save. */
const MARKUP =
  /^\uFEFF?\s*(?:<!--[^>]*-->\s*)?<(?:!doctype\s+html|html|head|body|meta|style|table|\?xml|svg|rdf|rss)\b/i

/**
 * Lets a text through that has no null character.
 *
 * @param text its beginning in UTF-8
 * @throws AppError `invalid_request` that says where it has one
 */
export function refuseNulls(text: Uint8Array): void {
  const nul = text.indexOf(0)
  if (nul < 0) return
  throw invalid(
    'charset',
    `The text has a null character at offset ${nul}; expected text; remove it, or name the right encoding in the setting charset.`,
  )
}

/**
 * Lets a text through that is no page or document.
 *
 * @param text its beginning in UTF-8
 * @throws AppError `invalid_request` that names what it is
 */
export function refuseMarkup(text: Uint8Array): void {
  if (!MARKUP.test(Buffer.from(text.subarray(0, 1024)).toString())) return
  throw invalid(
    'format',
    'The file is HTML or XML; expected texts in CSV, TSV, JSON lines, JSON, plain lines or Parquet; take its text out first, or set format to "lines" if each of its lines is a text.',
  )
}

/** What draws the lines of a table, and the corners that begin one drawn with characters made for it. */
const RULE = /^[|+:\s-]+$/
const CORNER = /^\uFEFF?\s*[\u2500-\u257F]{3}/

/**
 * Lets a text through that is no table drawn for people, as Markdown has them and the shells of databases print them:
 * split at its lines it would have blank columns, and rows of dashes.
 *
 * @param text its beginning in UTF-8
 * @throws AppError `invalid_request` that says what to export instead
 */
export function refuseDrawn(text: Uint8Array): void {
  const start = Buffer.from(text.subarray(0, 4096)).toString()
  const [first = '', second = ''] = start.split(/[\r\n]+/, 3).filter((line) => line.trim() !== '')
  const isRule = (line: string) => RULE.test(line) && /[|+]/.test(line) && /---|^\s*\|.*-/.test(line)
  const hasRule = isRule(first) || (first.includes('|') && isRule(second))
  if (!hasRule && !CORNER.test(first) && !CORNER.test(second)) return
  throw invalid(
    'format',
    'The file is a table drawn with lines, as in Markdown or printed by a database; expected CSV, TSV, JSON lines or Parquet; export it as one of these, or set format to "lines" if each of its lines is a text.',
  )
}

const JSON_TEXT = /^\uFEFF?\s*(?:\[\s*)?\{\s*"/

/**
 * Lets what is no JSON through: in a .txt file it would be embedded with its braces and the names of its fields, and
 * a table has no header of such a form.
 *
 * @param text its beginning in UTF-8
 * @throws AppError `invalid_request` for what begins as a JSON object or a list of them
 */
export function refuseJson(text: Uint8Array): void {
  if (!JSON_TEXT.test(Buffer.from(text.subarray(0, 1024)).toString())) return
  throw invalid(
    'format',
    'The file begins as JSON does; expected what the ending of its name says; set format to "jsonl" if each line is an object, to "json" if it is a list, or to "lines" if each of its lines is a text.',
  )
}
