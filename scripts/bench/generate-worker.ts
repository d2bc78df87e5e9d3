/**
 * One measurement of a language model in a process of its own, by the code that runs llama.cpp behind the doors:
 * `<work as JSON>`. Prints a line of JSON.
 */
import type { GenerateOptions } from '../../src/models/generate/generator.ts'
import { openLlama } from '../../src/models/generate/llama/llama-runtime.ts'
import { loadModel } from '../../src/models/generate/llama/loaded-model.ts'
import type { LoadModel, Question } from '../../src/models/generate/llama/messages.ts'
import { questionOf } from '../../src/services/judge/prompt.ts'

/** What to measure: a prompt and its answer, or resumes behind one job. */
export interface GenerateWork {
  readonly load: LoadModel
  readonly prompt: string
  readonly options: GenerateOptions
  readonly job: string
  readonly resumes: readonly string[]
  /** Tokens of a resume. */
  readonly textTokens: number
}

/** How long something took: on the clock, and of all processors together. */
export interface Took {
  readonly seconds: number
  readonly cpuSeconds: number
}

/** What was measured. */
export interface GenerateTrial {
  /** Import, hash, header, weights, and one token. */
  readonly load: Took
  /** The prompt until the first text of the answer. */
  readonly first: Took
  /** The answer behind it. */
  readonly rest: Took
  readonly promptTokens: number
  readonly generatedTokens: number
  readonly peakBytes: number
  readonly judge: {
    /** Evaluated for all resumes behind the job. */
    readonly tokens: number
    /** The job's and the resumes' own. */
    readonly own: number
    readonly together: Took
    /** Each resume anew, with its job. */
    readonly apart: Took
  }
}

const { load, prompt, options, job, resumes, textTokens }: GenerateWork = JSON.parse(process.argv[2]!)

let lap = startLap()
const model = await loadModel(load, openLlama)
const loading = lap()

async function answer() {
  lap = startLap()
  let first: Took | undefined
  const messages = [{ role: 'user', content: prompt }] as const
  for await (const part of model.answer({ kind: 'generate', messages, options }, () => false)) {
    if (part.kind === 'text' && !first) {
      first = lap()
      lap = startLap()
    }
    if (part.kind === 'finish') return { first: first!, rest: lap(), ...part.usage! }
  }
  throw new Error('The answer had no end.')
}

/** Tokens that were evaluated for each of these resumes. */
async function judge(texts: readonly string[]): Promise<number[]> {
  const question: Question = { kind: 'choose', choosing: questionOf(job, texts, textTokens) }
  const tokens: number[] = []
  for await (const part of model.answer(question, () => false)) {
    if (part.kind === 'chosen') tokens.push(part.evaluatedTokens!)
  }
  return tokens
}

/** Leaves nothing in the cache that a job begins with. */
async function forget(): Promise<void> {
  const messages = [{ role: 'user', content: 'z' }] as const
  const question: Question = { kind: 'generate', messages, options: { maxTokens: 1 } }
  for await (const _ of model.answer(question, () => false));
}

async function share() {
  await forget()
  const [ofJob] = (await judge([''])) as [number]
  await forget()
  lap = startLap()
  const tokens = sumOf(await judge(resumes))
  const together = lap()
  let [own, seconds, cpuSeconds] = [ofJob, 0, 0]
  for (const resume of resumes) {
    await forget()
    lap = startLap()
    own += sumOf(await judge([resume])) - ofJob
    const took = lap()
    seconds += took.seconds
    cpuSeconds += took.cpuSeconds
  }
  return { tokens, own, together, apart: { seconds, cpuSeconds } }
}

function startLap(): () => Took {
  const [start, used] = [performance.now(), process.cpuUsage()]
  return () => {
    const { user, system } = process.cpuUsage(used)
    return { seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 }
  }
}

const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0)

const answered = await answer()
const peakBytes = process.resourceUsage().maxRSS * 1024
const trial: GenerateTrial = { load: loading, ...answered, peakBytes, judge: await share() }
console.log(JSON.stringify(trial))
process.exit(0)
