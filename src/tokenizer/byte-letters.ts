/** The bytes that GPT-2's byte-level pieces write as other characters than themselves. */
function byteOfCharacter(): Map<string, number> {
  const bytes = new Map<string, number>()
  let other = 0x100
  for (let byte = 0; byte < 0x100; byte++) {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte !== 0xad)
    bytes.set(String.fromCharCode(printable ? byte : other++), byte)
  }
  return bytes
}

/** The byte that each letter of a byte-level piece (`Ġthe`) stands for. */
export const BYTE_LETTERS: ReadonlyMap<string, number> = byteOfCharacter()
