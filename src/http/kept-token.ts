import { once } from '../once.ts'

/** A token that lies elsewhere, and whether it is known yet. */
export interface KeptToken {
  /** The token; one that could not be read is asked for anew. */
  readonly token: () => Promise<string>
  /** Settles with the first answer of the place, good or bad; never rejects. */
  readonly answered: Promise<void>
  /** Why nobody can be let in, in a sentence; has the place asked again, when the last question was a while ago. */
  unknown(): string | undefined
}

/** Probes come every two seconds, and the place counts questions. */
const PAUSE_MS = 10_000

/**
 * Asks for a token from the start on. A server without it answers every request with an error, so that it should get none;
 * but then nobody but its probes would have it ask again.
 *
 * @param failed hears of each failure that no request is told of
 */
export function keepToken(
  read: () => Promise<string>,
  failed: (cause: unknown) => void,
  now: () => number = () => performance.now(),
): KeptToken {
  const ask = once(read)
  let askedAt = now()
  let isKnown = false
  const token = async () => {
    askedAt = now()
    const value = await ask()
    isKnown = true
    return value
  }
  const ahead = async () => {
    await token().catch(failed)
  }
  return {
    token,
    answered: ahead(),
    unknown() {
      if (isKnown) return undefined
      if (now() - askedAt >= PAUSE_MS) void ahead()
      return 'The token that callers must send cannot be read from where it is kept; the log says why.'
    },
  }
}
