import type { ChatFormatName } from '../catalog/generator-manifest.ts'

/** How the turns of a conversation are written for a model, as data. */
export interface TurnFormat {
  /** The special pieces among the texts below. */
  readonly special: readonly string[]
  /** What stands before everything. */
  readonly begin: string
  /** What to do with a system message: a turn of its own, put before the first question, or refused. */
  readonly system: 'turn' | 'first-user' | 'refused'
  /** Between a system message and the question that it is put before. */
  readonly systemJoint?: string
  /** Texts around a message of each role; `{round}` is the number of the question, from 1. */
  readonly turns: Readonly<Record<'system' | 'user' | 'assistant', readonly [before: string, after: string]>>
  /** Between two messages. */
  readonly between: string
  /** What stands behind the last question, so that the model answers. */
  readonly answer: string
  /** Whether questions and answers must alternate. */
  readonly alternates: boolean
  /** Whether white space around a message is dropped, as the model was trained. */
  readonly trims: boolean
  /** Pieces that end an answer. */
  readonly stop: readonly string[]
}

const NONE = ['', ''] as const

/**
 * The formats of models whose files bring no template, each as the model's own code writes it.
 *
 * `chatml`: Qwen, SmolLM2. `gemma`: Gemma 2 and 3. `dialogpt`: turns ended by the one special piece of GPT-2.
 * `blenderbot`: questions begin with a space, two spaces between turns. `chatglm2`: numbered rounds.
 * `baichuan2`: two reserved pieces for user and assistant, nothing behind an answer.
 */
export const CHAT_FORMATS = {
  chatml: {
    special: ['<|im_start|>', '<|im_end|>'],
    begin: '',
    system: 'turn',
    turns: {
      system: ['<|im_start|>system\n', '<|im_end|>\n'],
      user: ['<|im_start|>user\n', '<|im_end|>\n'],
      assistant: ['<|im_start|>assistant\n', '<|im_end|>\n'],
    },
    between: '',
    answer: '<|im_start|>assistant\n',
    alternates: false,
    trims: false,
    stop: ['<|im_end|>', '<|endoftext|>'],
  },
  gemma: {
    special: ['<bos>', '<start_of_turn>', '<end_of_turn>'],
    begin: '<bos>',
    system: 'first-user',
    systemJoint: '\n\n',
    turns: {
      system: NONE,
      user: ['<start_of_turn>user\n', '<end_of_turn>\n'],
      assistant: ['<start_of_turn>model\n', '<end_of_turn>\n'],
    },
    between: '',
    answer: '<start_of_turn>model\n',
    alternates: true,
    trims: true,
    stop: ['<end_of_turn>', '<eos>'],
  },
  dialogpt: {
    special: ['<|endoftext|>'],
    begin: '',
    system: 'refused',
    turns: { system: NONE, user: ['', '<|endoftext|>'], assistant: ['', '<|endoftext|>'] },
    between: '',
    answer: '',
    alternates: false,
    trims: false,
    stop: ['<|endoftext|>'],
  },
  blenderbot: {
    special: ['</s>'],
    begin: '',
    system: 'refused',
    turns: { system: NONE, user: [' ', ''], assistant: NONE },
    between: '  ',
    answer: '</s>',
    alternates: false,
    trims: false,
    stop: ['</s>'],
  },
  chatglm2: {
    special: ['[gMASK]', 'sop'],
    begin: '[gMASK]sop',
    system: 'first-user',
    systemJoint: '\n\n',
    turns: { system: NONE, user: ['[Round {round}]\n\n问：', '\n\n答：'], assistant: ['', '\n\n'] },
    between: '',
    answer: '',
    alternates: true,
    trims: false,
    stop: ['</s>'],
  },
  baichuan2: {
    special: ['<reserved_106>', '<reserved_107>'],
    begin: '',
    system: 'turn',
    turns: { system: NONE, user: ['<reserved_106>', ''], assistant: ['<reserved_107>', ''] },
    between: '',
    answer: '<reserved_107>',
    alternates: false,
    trims: false,
    stop: ['</s>'],
  },
} as const satisfies Readonly<Record<ChatFormatName, TurnFormat>>
