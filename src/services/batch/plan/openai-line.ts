/** Whether a record is a line of an OpenAI batch: it may be a wrong one. */
export function isOpenAiLine(fields: Readonly<Record<string, unknown>>): boolean {
  const has = (name: string) => Object.hasOwn(fields, name)
  const isRequest = has('url') || has('method') || isBody(fields.body)
  return (has('custom_id') && has('body') && isRequest) || (has('url') && has('method') && has('body'))
}

/** An object, or one that was written as JSON twice, which is refused by its name rather than embedded. */
function isBody(body: unknown): boolean {
  return typeof body === 'string'
    ? body.trimStart().startsWith('{"')
    : typeof body === 'object' && body !== null
}
