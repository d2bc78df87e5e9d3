import { REGION } from './resolve.ts'

/** Asks a service of AWS that speaks JSON; moto tells services apart by the scope of the credentials. */
export async function callJson<Answer>(
  endpoint: string,
  service: 'states',
  action: string,
  body: object,
): Promise<Answer> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      authorization: scopeOf(service),
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AWSStepFunctions.${action}`,
    },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${action}: ${response.status} ${text}`)
  return JSON.parse(text) as Answer
}

/** Asks a service of AWS that speaks forms; its answer is XML. */
export async function callForm(
  endpoint: string,
  service: 'iam' | 'sts',
  action: string,
  fields: Readonly<Record<string, string>>,
): Promise<string> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization: scopeOf(service), 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ Action: action, Version: '2010-05-08', ...fields }).toString(),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${action}: ${response.status} ${text}`)
  return text
}

function scopeOf(service: string): string {
  return `AWS4-HMAC-SHA256 Credential=a/20260101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`
}
