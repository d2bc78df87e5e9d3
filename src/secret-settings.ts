import { type Reader, wrong } from './settings.ts'
import { parseSecretSource, SECRET_FORMS, type SecretPlace } from './storage/secret-source.ts'

/**
 * Where a secret is kept instead of in the setting `word`: the setting `<word>_SOURCE`. AWS gives a function region and
 * credentials by the names that are read here.
 *
 * @throws AppError `invalid_request` for a source of another form, one beside the secret itself, or outside of AWS
 */
export function readSecretPlace(
  read: Reader,
  word: 'AUTH_TOKEN' | 'COLLECTIONS_PASSWORD' | 'GENERATE_ENDPOINT_KEY',
): SecretPlace | undefined {
  const setting = `${word}_SOURCE`
  const text = read.text(setting)
  if (text === undefined) return undefined
  const source = parseSecretSource(text)
  if (!source) throw wrong(setting, `is "${text}"; expected ${SECRET_FORMS}`)
  if (read.secret(word) !== undefined) throw wrong(setting, `is given beside ${word}`)
  const needed = (name: string) => {
    const value = read.text(name)
    if (value !== undefined) return value
    throw wrong(setting, `needs ${name}, which a function of AWS has; elsewhere use ${word}`)
  }
  const endpoint = source.kind === 'ssm' ? 'AWS_ENDPOINT_URL_SSM' : 'AWS_ENDPOINT_URL_SECRETS_MANAGER'
  return {
    ...source,
    region: needed('AWS_REGION'),
    endpoint: read.url(endpoint) ?? read.url('AWS_ENDPOINT_URL'),
    credentials: {
      accessKeyId: needed('AWS_ACCESS_KEY_ID'),
      secretAccessKey: needed('AWS_SECRET_ACCESS_KEY'),
      sessionToken: read.text('AWS_SESSION_TOKEN'),
    },
  }
}
