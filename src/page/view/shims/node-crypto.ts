/** A text that nobody can guess, in the place of `node:crypto`; `crypto.randomUUID` is missing on addresses without TLS. */
export function randomUUID(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
}
