/**
 * What OpenAI's own clients do with a local model, by language: programs that leave in `result` what they found, the same
 * from both. `BASE` stands for the address of the server.
 */
const PYTHON = `
import openai
client = openai.OpenAI(base_url="BASE/v1", api_key="none", max_retries=0)
hello = [{"role": "user", "content": "Once upon a time"}]
def ask(**more):
    return client.chat.completions.create(**{"model": "small", "messages": hello, "max_tokens": 8, "temperature": 0, **more})
plain = ask()
streamed = list(ask(stream=True, stream_options={"include_usage": True}))
schema = {"type": "object", "properties": {"fits": {"enum": ["yes", "no"]}, "years": {"type": "integer"}}, "required": ["fits", "years"], "additionalProperties": False}
held = ask(max_tokens=100, response_format={"type": "json_schema", "json_schema": {"name": "verdict", "schema": schema, "strict": True}})
likely = ask(max_tokens=2, logprobs=True, top_logprobs=3)
text = plain.choices[0].message.content
stop = text.strip()[1:4]
stopped = ask(stop=[stop])
drawn = [ask(temperature=1, seed=7).choices[0].message.content for _ in range(2)]
def refusal(**more):
    try:
        ask(**more)
    except openai.APIStatusError as error:
        return [type(error).__name__, error.status_code, error.code, error.param]
tool = {"type": "function", "function": {"name": "f", "parameters": {}}}
image = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}]
result = {
    "text": text, "finish": plain.choices[0].finish_reason, "usage": plain.usage.model_dump(exclude_none=True),
    "streamed": "".join(chunk.choices[0].delta.content or "" for chunk in streamed if chunk.choices),
    "streamedUsage": streamed[-1].usage.model_dump(exclude_none=True),
    "held": held.choices[0].message.content, "heldFinish": held.choices[0].finish_reason,
    "logprobs": [[one.logprob, len(one.top_logprobs)] for one in likely.choices[0].logprobs.content],
    "stop": stop, "stopped": stopped.choices[0].message.content, "stoppedFinish": stopped.choices[0].finish_reason,
    "drawn": drawn,
    "refusals": [refusal(n=2), refusal(tools=[tool]), refusal(messages=image), refusal(model="gpt-4o"), refusal(messages=[{"role": "user", "content": "word " * 2000}])],
    "models": "small" in [model.id for model in client.models.list()],
}
`

const NODE = `
import OpenAI from 'openai'
const client = new OpenAI({ baseURL: 'BASE/v1', apiKey: 'none', maxRetries: 0 })
const hello = [{ role: 'user', content: 'Once upon a time' }]
const ask = (more = {}) =>
  client.chat.completions.create({ model: 'small', messages: hello, max_tokens: 8, temperature: 0, ...more })
const plain = await ask()
const streamed = []
for await (const chunk of await ask({ stream: true, stream_options: { include_usage: true } })) streamed.push(chunk)
const schema = { type: 'object', properties: { fits: { enum: ['yes', 'no'] }, years: { type: 'integer' } }, required: ['fits', 'years'], additionalProperties: false }
const held = await ask({ max_tokens: 100, response_format: { type: 'json_schema', json_schema: { name: 'verdict', schema, strict: true } } })
const likely = await ask({ max_tokens: 2, logprobs: true, top_logprobs: 3 })
const text = plain.choices[0].message.content
const stop = text.trim().slice(1, 4)
const stopped = await ask({ stop: [stop] })
const drawn = []
for (let draw = 0; draw < 2; draw++) drawn.push((await ask({ temperature: 1, seed: 7 })).choices[0].message.content)
const refusal = (more) => ask(more).then(() => null, (error) => [error.constructor.name, error.status, error.code, error.param])
const tool = { type: 'function', function: { name: 'f', parameters: {} } }
const image = [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:,' } }] }]
const refusals = []
for (const more of [{ n: 2 }, { tools: [tool] }, { messages: image }, { model: 'gpt-4o' }, { messages: [{ role: 'user', content: 'word '.repeat(2000) }] }]) refusals.push(await refusal(more))
const models = []
for await (const { id } of client.models.list()) models.push(id)
const result = {
  text, finish: plain.choices[0].finish_reason, usage: plain.usage,
  streamed: streamed.map(({ choices }) => choices[0]?.delta.content ?? '').join(''),
  streamedUsage: streamed.at(-1).usage,
  held: held.choices[0].message.content, heldFinish: held.choices[0].finish_reason,
  logprobs: likely.choices[0].logprobs.content.map(({ logprob, top_logprobs }) => [logprob, top_logprobs.length]),
  stop, stopped: stopped.choices[0].message.content, stoppedFinish: stopped.choices[0].finish_reason,
  drawn, refusals, models: models.includes('small'),
}
`

/** By language. */
export const CHAT_PROGRAMS = { python: PYTHON, node: NODE } as const
