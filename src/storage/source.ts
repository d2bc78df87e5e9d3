/** A place of models, as MODEL_SOURCES names it. */
type Source =
  | { readonly kind: 'directory'; readonly folder: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string }
  | { readonly kind: 'web'; readonly address: string }
  | { readonly kind: 'hub' }

/** What a source may look like, for error messages. */
export const SOURCE_FORMS = 'directories, s3://bucket/prefix, https://host/prefix or hf:'

/** Bucket names as S3 has them: 3 to 63 small letters, digits, dots and hyphens. */
const S3_FORM = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/
/** Without a name and a password, which would stand in logs, and without a query, which keys could not stand behind. */
const WEB_FORM = /^https?:\/\/[^\s/?#@\\]+(?:\/[^\s?#\\]*)?$/
/** Two characters at least before the colon: one is a drive of Windows. */
const OTHER_SCHEME = /^\w[\w+.-]+:/

/**
 * Reads a source: a directory, `s3://bucket/prefix`, `https://host/prefix` (`http:` too) or `hf:`; `undefined` when it has
 * none of these forms.
 */
export function parseSource(text: string): Source | undefined {
  if (text === 'hf:') return { kind: 'hub' }
  const [, bucket, prefix = ''] = S3_FORM.exec(text) ?? []
  if (bucket) return { kind: 's3', bucket, prefix: prefix.replace(/^\/+|\/+$/g, '') }
  if (WEB_FORM.test(text) && URL.canParse(text)) return { kind: 'web', address: text.replace(/\/+$/, '') }
  return OTHER_SCHEME.test(text) ? undefined : { kind: 'directory', folder: text }
}
