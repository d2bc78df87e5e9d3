import type { SecretPlace } from './secret-source.ts'

/** Reads a secret where AWS keeps it; its code is loaded only then. @throws AppError as the reader does */
export async function readSecretAt(place: SecretPlace): Promise<string> {
  const { createSecretReader } = await import('./secret.ts')
  return createSecretReader(place)()
}
