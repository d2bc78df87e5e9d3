import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AppError } from '../../../src/errors.ts'
import type { ChatFormatName } from '../../../src/models/catalog/generator-manifest.ts'
import { CHAT_FORMATS } from '../../../src/models/generate/chat-formats.ts'
import { formatTemplate } from '../../../src/models/generate/chat-template.ts'
import type { Message, Segment } from '../../../src/models/generate/prompt.ts'
import { formatTurns } from '../../../src/models/generate/turns.ts'
import { describeGguf } from '../../../src/models/gguf/describe.ts'

const textOf = (segments: readonly Segment[]) => segments.map(({ text }) => text).join('')
const specialOf = (segments: readonly Segment[]) =>
  segments.filter(({ special }) => special).map(({ text }) => text)

const system: Message = { role: 'system', content: 'Be brief.' }
const hello: Message = { role: 'user', content: 'Hello!' }
const reply: Message = { role: 'assistant', content: 'Hi.' }
const how: Message = { role: 'user', content: 'How are you?' }
const talk = [hello, reply, how]

/** Each as the model's own code writes it. */
const prompts: Record<ChatFormatName, [readonly Message[], string]> = {
  chatml: [
    [system, ...talk],
    '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHello!<|im_end|>\n<|im_start|>assistant\nHi.<|im_end|>\n<|im_start|>user\nHow are you?<|im_end|>\n<|im_start|>assistant\n',
  ],
  gemma: [
    [system, { ...hello, content: ' Hello! \n' }, reply, how],
    '<bos><start_of_turn>user\nBe brief.\n\n Hello!<end_of_turn>\n<start_of_turn>model\nHi.<end_of_turn>\n<start_of_turn>user\nHow are you?<end_of_turn>\n<start_of_turn>model\n',
  ],
  dialogpt: [talk, 'Hello!<|endoftext|>Hi.<|endoftext|>How are you?<|endoftext|>'],
  blenderbot: [talk, ' Hello!  Hi.   How are you?</s>'],
  chatglm2: [
    [system, ...talk],
    '[gMASK]sop[Round 1]\n\n问：Be brief.\n\nHello!\n\n答：Hi.\n\n[Round 2]\n\n问：How are you?\n\n答：',
  ],
  baichuan2: [
    [system, ...talk],
    'Be brief.<reserved_106>Hello!<reserved_107>Hi.<reserved_106>How are you?<reserved_107>',
  ],
}

test.each(Object.entries(prompts))(
  'writes a conversation in the format %s as its model was trained',
  (name, [messages, expected]) => {
    expect(textOf(formatTurns(messages, name as ChatFormatName))).toBe(expected)
  },
)

test('keeps special pieces alone, and all text between two of them as one', () => {
  expect(formatTurns([hello], 'chatml')).toEqual([
    { text: '<|im_start|>', special: true },
    { text: 'user\nHello!', special: false },
    { text: '<|im_end|>', special: true },
    { text: '\n', special: false },
    { text: '<|im_start|>', special: true },
    { text: 'assistant\n', special: false },
  ])
})

const anyText = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc
    .array(fc.constantFrom(...Object.values(CHAT_FORMATS).flatMap(({ special }) => special), ' x ', '\n'), {
      maxLength: 5,
    })
    .map((parts) => parts.join('')),
)

test.each(Object.keys(CHAT_FORMATS) as ChatFormatName[])(
  'makes no special piece of what a caller writes in the format %s',
  (name) => {
    fc.assert(
      fc.property(anyText, anyText, anyText, (first, second, third) => {
        const said = formatTurns(
          [
            { role: 'user', content: first },
            { role: 'assistant', content: second },
            { role: 'user', content: third },
          ],
          name,
        )
        expect(specialOf(said)).toEqual(specialOf(formatTurns(talk, name)))
      }),
    )
  },
)

const refusalOf = (run: () => unknown): AppError => {
  try {
    run()
  } catch (error) {
    return error as AppError
  }
  throw new Error('It was not refused.')
}

test.each<[string, ChatFormatName, readonly Message[], string]>([
  ['an answer at the end', 'chatml', [hello, reply], 'messages'],
  ['no message', 'chatml', [], 'messages'],
  ['a system message in the middle', 'chatml', [hello, system, how], 'messages[1].role'],
  ['a system message for DialoGPT', 'dialogpt', [system, hello], 'messages[0].role'],
  ['a system message for Blenderbot', 'blenderbot', [system, hello], 'messages[0].role'],
  ['an answer after the system message', 'gemma', [system, reply, how], 'messages[1].role'],
  ['two questions in a row', 'chatglm2', [hello, how], 'messages'],
])('refuses %s by its field', (_, name, messages, field) => {
  const error = refusalOf(() => formatTurns(messages, name))
  expect([error.code, error.details.field]).toEqual(['invalid_request', field])
})

const file = readFileSync(join(import.meta.dirname, '..', '..', 'fixtures', 'llm', 'random-qwen3.gguf'))
const { chatTemplate, vocabulary } = describeGguf(file, file.length)
const chatml = { source: chatTemplate!, ...vocabulary }

test("writes the same with a file's own template as with the format of that name", async () => {
  expect(await formatTemplate([system, ...talk], chatml)).toEqual(formatTurns([system, ...talk], 'chatml'))
})

test("makes no special piece of what a caller writes, of all that a file's vocabulary has", async () => {
  const expected = specialOf(await formatTemplate(talk, chatml))
  const piece = fc.constantFrom(...vocabulary.special, '\ufdd0', '\ufdd1', ' ', 'a', '<|im_', 'end|>')
  const text = fc.array(piece, { maxLength: 6 }).map((parts) => parts.join(''))
  await fc.assert(
    fc.asyncProperty(text, text, async (first, second) => {
      const messages: Message[] = [{ role: 'user', content: first }, reply, { role: 'user', content: second }]
      const said = await formatTemplate(messages, chatml)
      expect(specialOf(said)).toEqual(expected)
      expect(textOf(said)).toBe(textOf(formatTurns(messages, 'chatml')))
    }),
  )
})

const write = async (source: string, messages: readonly Message[]) =>
  textOf(await formatTemplate(messages, { source, special: ['<s>'], begin: '<s>', end: '</s>' }))

test('trims, names the first and the last piece and takes variables as templates expect', async () => {
  const source =
    "{{ bos_token }}{% for m in messages %}[{{ m['content'] | trim }}]{% endfor %}{{ eos_token }}{% if think %}?{% endif %}"
  expect(await write(source, [{ role: 'user', content: '  a b \n' }])).toBe('<s>[a b]</s>')
  const thinking = await formatTemplate([hello], { source, special: [], variables: { think: true } })
  expect(textOf(thinking)).toBe('[Hello!]?')
})

test('puts a message in whole where a template would take it apart', async () => {
  const source = "{% for m in messages %}{{ m['content'].split('</think>')[-1] }};{% endfor %}"
  const thought: Message = { role: 'assistant', content: 'I think <s> so.</think>Yes.' }
  const said = await formatTemplate([hello, thought, how], { source, special: ['<s>'] })
  expect(textOf(said)).toBe('Hello!;I think <s> so.</think>Yes.;How are you?;')
  expect(specialOf(said)).toEqual([])
})

test.each<[string, string, readonly Message[], string, RegExp]>([
  [
    'raises',
    "{{ raise_exception('System role not supported') }}",
    [system, hello],
    'invalid_request',
    /System role not/,
  ],
  ['is no Jinja', '{% for %}', [hello], 'artifact_corrupt', /cannot be run/],
  ['says nothing of the messages', 'hello', [hello], 'artifact_corrupt', /leaves the messages out/],
  ['calls what there is not', '{{ nothing() }}', [hello], 'artifact_corrupt', /cannot be run/],
  [
    'takes every message apart',
    "{{ messages[0]['content'][1:] }}",
    [hello],
    'artifact_corrupt',
    /messages apart/,
  ],
])('says what is wrong where a template %s', async (_, source, messages, code, sentence) => {
  const error = await write(source, messages).then(
    () => undefined,
    (cause: AppError) => cause,
  )
  expect(error?.code).toBe(code)
  expect(error?.message).toMatch(sentence)
})

test('refuses a text of all the characters that are kept for programs', async () => {
  const content = Array.from({ length: 32 }, (_, place) => String.fromCodePoint(0xfdd0 + place)).join('')
  await expect(write('{{ messages[0].content }}', [{ role: 'user', content }])).rejects.toMatchObject({
    code: 'invalid_request',
    details: { field: 'messages' },
  })
})
