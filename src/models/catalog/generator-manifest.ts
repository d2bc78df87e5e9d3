import type { ManifestFile, Unpinned } from './manifest.ts'

/**
 * What runs a language model. `gguf`: llama.cpp on this machine, decoders. `seq2seq`: the ONNX runtime on this machine,
 * an encoder and a decoder. `remote`: a server that speaks as OpenAI's does.
 */
export const GENERATOR_RUNTIMES = ['gguf', 'seq2seq', 'remote'] as const

/** What a language model may be used for: answers in a conversation, and verdicts on a job and a resume. */
export const GENERATOR_TASKS = ['chat', 'judge'] as const

/** One of {@link GENERATOR_TASKS}. */
export type GeneratorTask = (typeof GENERATOR_TASKS)[number]

/** How a conversation is written: `template` is the Jinja of the model's own file; the others are in CHAT_FORMATS. */
export const CHAT_FORMAT_NAMES = [
  'template',
  'chatml',
  'gemma',
  'dialogpt',
  'blenderbot',
  'chatglm2',
  'baichuan2',
] as const

/** One of {@link CHAT_FORMAT_NAMES} that is not the file's own. */
export type ChatFormatName = Exclude<(typeof CHAT_FORMAT_NAMES)[number], 'template'>

/** How a model is spoken to. */
export interface ChatManifest {
  readonly format: (typeof CHAT_FORMAT_NAMES)[number]
  /** What its template may be told beside the messages, for instance `enable_thinking`. */
  readonly variables?: Readonly<Record<string, string | number | boolean>>
  /** Text that every answer begins with and that is put there, so that the model goes on behind it; special pieces count. */
  readonly answerStart?: string
}

/** Tokens that prove a deployment: what a model goes on with after a prompt, the likeliest token each time. */
export interface GeneratorCanary {
  readonly prompt: readonly number[]
  readonly greedy: readonly number[]
  /** The likeliest first tokens with their natural logarithms, likeliest first. */
  readonly firstTop: readonly (readonly [token: number, logprob: number])[]
}

interface AnyGenerator {
  readonly id: string
  readonly aliases: readonly string[]
  readonly task: 'generate'
  /** The hub's `owner/name`, by which most people know the model. */
  readonly repo: string
  /** What it may be used for; at least one. */
  readonly tasks: readonly GeneratorTask[]
  /** Tokens of prompt and answer together that the model was made for. */
  readonly contextTokens: number
  /** How many numbers were learned; what a small model says in its own words is not shown as a reason. */
  readonly parameters: number
  readonly chat: ChatManifest
  /** SPDX where it has one, else the name of its terms. */
  readonly license: string
  /** ISO 639-1 codes. */
  readonly languages: readonly string[]
  /** What a user must know before choosing it, in sentences. */
  readonly remarks: readonly string[]
  readonly deprecated?: { readonly reason: string; readonly replacement: string }
}

interface LocalGenerator<File> extends AnyGenerator {
  /** Where the files are from when it is not `repo`. */
  readonly source?: string
  /** 40 hex digits: a commit of the source, never a branch. */
  readonly revision: string
  readonly files: readonly File[]
  readonly canaries: readonly GeneratorCanary[]
}

/** A decoder in one GGUF file. */
export interface GgufManifest<File = ManifestFile> extends LocalGenerator<File> {
  readonly runtime: 'gguf'
  /** The path in `files` of the GGUF. */
  readonly weights: string
}

/** An encoder and a decoder with its cache, as ONNX graphs. */
export interface Seq2SeqManifest<File = ManifestFile> extends LocalGenerator<File> {
  readonly runtime: 'seq2seq'
  /** Paths in `files`. */
  readonly encoder: string
  readonly decoder: string
  readonly tokenizer: string
  /** The config.json of the transformers library: start and end tokens, positions, heads. */
  readonly config: string
}

/** A model that another server has; which server, the setting GENERATE_ENDPOINT says. */
interface RemoteManifest extends AnyGenerator {
  readonly runtime: 'remote'
  /** What that server calls it; absent it is asked for by the `repo`. */
  readonly remoteModel?: string
}

/** A language model with everything to fetch, verify and run it. */
export type GeneratorManifest = GgufManifest | Seq2SeqManifest | RemoteManifest

type Unknown<Local extends { readonly revision: string }> = Omit<Local, 'revision'> & {
  readonly revision?: string
}

/** A language model as the catalog describes it: the revision, sizes and hashes may be left to the first pull. */
export type CatalogGenerator =
  | Unknown<GgufManifest<Unpinned<ManifestFile>>>
  | Unknown<Seq2SeqManifest<Unpinned<ManifestFile>>>
  | RemoteManifest

/** The model as a manifest, if a pull has nothing left to find out. */
export function toGeneratorManifest(model: CatalogGenerator): GeneratorManifest | undefined {
  return isPinned(model) ? model : undefined
}

function isPinned(model: CatalogGenerator): model is GeneratorManifest {
  if (model.runtime === 'remote') return true
  if (model.revision === undefined) return false
  return model.files.every(({ bytes, sha256 }) => bytes !== undefined && sha256 !== undefined)
}
