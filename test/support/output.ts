import { vi } from 'vitest'

/** What `write` sends to standard output, line by line. */
export function linesOf(write: () => void): string[] {
  const written: string[] = []
  const spy = vi
    .spyOn(process.stdout, 'write')
    .mockImplementation((text: unknown) => written.push(String(text)) > 0)
  try {
    write()
  } finally {
    spy.mockRestore()
  }
  return written.join('').split('\n').slice(0, -1)
}
