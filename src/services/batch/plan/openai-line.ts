/** Whether a record is a line of an OpenAI batch: it may be a wrong one. */
export function isOpenAiLine(fields: Readonly<Record<string, unknown>>): boolean {
  const has = (name: string) => Object.hasOwn(fields, name)
  const isRequest = has('url') || has('method') || (typeof fields.body === 'object' && fields.body !== null)
  return (has('custom_id') && has('body') && isRequest) || (has('url') && has('method') && has('body'))
}
