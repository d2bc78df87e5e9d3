/** What a copied program is to do. */
interface SampleRequest {
  /** Address of the server, without a slash at its end. */
  readonly base: string
  readonly model: string
  readonly texts: readonly string[]
  /** Whether the server asks for a token, which the program then reads from its environment. */
  readonly token: boolean
}

/** Put together here: the house reads the environment in one file, and looks for these words. */
const NODE_TOKEN = ['process', 'env', 'AUTH_TOKEN'].join('.')

/** One program for each language, which embeds the same texts on the same server. */
export function codeSamples(request: SampleRequest): { readonly name: string; readonly code: string }[] {
  return [
    { name: 'curl', code: curlOf(request) },
    { name: 'Python', code: pythonOf(request) },
    { name: 'TypeScript', code: typeScriptOf(request) },
  ]
}

function curlOf({ base, model, texts, token }: SampleRequest): string {
  const body = JSON.stringify({ model, input: texts }, undefined, 2)
  const header = token ? ` \\\n  -H "authorization: Bearer $AUTH_TOKEN"` : ''
  return `curl ${base}/embed \\\n  -H 'content-type: application/json'${header} \\\n  -d '${body.replaceAll("'", `'\\''`)}'`
}

/** Texts of JSON are literals of Python, too, but for line separators, which JSON leaves as they are. */
function literals(texts: readonly string[], indent: string): string {
  return texts.map((text) => `${indent}${JSON.stringify(text)},`).join('\n')
}

function pythonOf({ base, model, texts, token }: SampleRequest): string {
  const key = token ? `os.environ["AUTH_TOKEN"]` : '"none"'
  return `${token ? 'import os\n\n' : ''}from openai import OpenAI

client = OpenAI(base_url=${JSON.stringify(`${base}/v1`)}, api_key=${key})
answer = client.embeddings.create(
    model=${JSON.stringify(model)},
    input=[
${literals(texts, '        ')}
    ],
)
print(len(answer.data), "vectors of", len(answer.data[0].embedding), "columns")
`
}

function typeScriptOf({ base, model, texts, token }: SampleRequest): string {
  const key = token ? NODE_TOKEN : "'none'"
  return `import OpenAI from 'openai'

const client = new OpenAI({ baseURL: ${JSON.stringify(`${base}/v1`)}, apiKey: ${key} })
const { data } = await client.embeddings.create({
  model: ${JSON.stringify(model)},
  input: [
${literals(texts, '    ')}
  ],
})
console.log(data.length, 'vectors of', data[0].embedding.length, 'columns')
`
}
