import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { cpus } from 'node:os'
import { basename, resolve } from 'node:path'
import { readNumber, UsageError } from '../console/options.ts'
import { median } from '../console/statistics.ts'
import { AFTER_FIRST, formatTable } from '../console/table.ts'
import type { Tool } from '../console/tool.ts'
import { readArguments } from '../console/tool-arguments.ts'
import { describeGgufFile, summaryOf } from '../models/generators/describe.ts'
import { sha256OfFile } from '../models/hash-file.ts'
import type { GenerateTrial, GenerateWork, Took } from './generate-worker.ts'
import { formatTargets } from './report.ts'
import type { Target } from './targets.ts'

/** Where `npm run test:llm` and `npm run models -- pull` put the smallest model that people chat with. */
const PLACES = ['.cache/llm-models/SmolLM2-135M-Instruct', 'models/SmolLM2-135M-Instruct']

const SHAPE = {
  name: 'bench -- generate',
  summary:
    'Language models in llama.cpp: tokens a second by threads, first token, loading, memory, shared prompts.',
  usage: ['[option …]'],
  options: {
    model: { value: '<folder or file>', help: `with a GGUF file (default ${PLACES[0]})` },
    threads: { value: '<list>', default: '1,2', help: 'numbers of threads, in turn' },
    rounds: { value: '<number>', default: '5', help: 'of all numbers of threads, each in a fresh process' },
    prompt: { value: '<number>', default: '512', help: 'tokens of the prompt, about' },
    answer: { value: '<number>', default: '96', help: 'tokens of the answer, at most' },
  },
  examples: ['', '--model models/Qwen2.5-0.5B-Instruct --rounds 3'],
  notes: [
    'CPU tokens are those of a second of one processor: what is left of the number on a machine with other work.',
  ],
} as const

/** The prompt, six resumes behind one job, and the answer have room in it. */
const CONTEXT_TOKENS = 2048
const RESUMES = ['nurse', 'cook', 'driver', 'teacher', 'welder', 'clerk']
const RESUME_TOKENS = 300
/** A prompt read by two threads: less would mean that the threads wait for each other. */
const LEAST_GAIN = 1.5
/** Tokens that are evaluated for six resumes, beside those of the job once and of each resume. */
const MOST_SHARED = 1.1

/** Prints medians by threads, and what was to be reached. */
export const benchGenerate: Tool = {
  shape: SHAPE,
  async run(args) {
    const { values } = readArguments<typeof SHAPE.options>(SHAPE, args)
    const whole = { least: 1, whole: true }
    const rounds = readNumber('--rounds', values.rounds, whole)
    const threads = values.threads.split(',').map((count) => readNumber('--threads', count, whole))
    const path = fileAt(values.model)
    const work = workOf(path, {
      promptTokens: readNumber('--prompt', values.prompt, { ...whole, most: CONTEXT_TOKENS / 2 }),
      answerTokens: readNumber('--answer', values.answer, { ...whole, most: CONTEXT_TOKENS / 4 }),
    })
    const trials = new Map<number, GenerateTrial[]>(threads.map((count) => [count, []]))
    for (let round = 0; round < rounds; round++) {
      for (const count of threads) {
        console.error(`round ${round + 1} of ${rounds}, threads: ${count}`)
        trials.get(count)!.push(measure(work, count))
      }
    }
    print(path, trials, rounds)
    return 0
  },
}

function fileAt(given: string | undefined): string {
  const place = given ?? PLACES.find((each) => existsSync(each))
  if (place === undefined) {
    throw new UsageError(
      `No GGUF file in ${PLACES.join(' or ')}; run "npm run test:llm", or name one with --model.`,
    )
  }
  if (!statSync(place, { throwIfNoEntry: false })?.isDirectory()) return resolve(place)
  const file = readdirSync(place).find((name) => name.endsWith('.gguf'))
  if (file) return resolve(place, file)
  throw new UsageError(`${place} has no GGUF file; name another folder with --model.`)
}

function workOf(
  path: string,
  { promptTokens, answerTokens }: { readonly promptTokens: number; readonly answerTokens: number },
): GenerateWork {
  const { fileBytes, chatTemplate } = describeGgufFile(path)
  const load = {
    ...{ model: basename(path, '.gguf'), path, threads: 1, chunkTokens: 64, contextTokens: CONTEXT_TOKENS },
    file: { path: basename(path), bytes: fileBytes, sha256: sha256OfFile(path) },
    chat: { format: chatTemplate === undefined ? 'chatml' : 'template' },
    availableBytes: Number.MAX_SAFE_INTEGER,
    runtimeFolders: [resolve('.cache/llm'), resolve('layers/llm')],
  } as const
  const day = (hour: number) =>
    `At hour ${hour} the nurse wrote down what the patient in bed ${hour % 12} said. `
  // 15 to 18 tokens, by the vocabulary.
  const days = Array.from({ length: Math.ceil(promptTokens / 17) }, (_, hour) => day(hour)).join('')
  return {
    load,
    prompt: `${days}Retell all of it as a long story, hour by hour.`,
    options: { maxTokens: answerTokens, seed: 1 },
    job: 'Intensive care nurse for night shifts in a hospital of 600 beds; ventilators, dialysis. '.repeat(
      13,
    ),
    resumes: RESUMES.map((name, place) =>
      `A ${name} with ${place + 2} years of work in a large house, shifts at night and at weekends. `.repeat(
        3,
      ),
    ),
    textTokens: RESUME_TOKENS,
  }
}

function measure(work: GenerateWork, threads: number): GenerateTrial {
  const own: GenerateWork = { ...work, load: { ...work.load, threads } }
  const program = ['scripts/run.mjs', 'scripts/bench/generate-worker.ts', JSON.stringify(own)]
  const { stdout, stderr, status, signal, error } = spawnSync(process.execPath, program, { encoding: 'utf8' })
  if (status !== 0)
    throw new Error(`The measurement ended with ${status ?? signal}: ${stderr || error?.message}`)
  return JSON.parse(stdout.trim().split('\n').at(-1)!)
}

type Read = (trial: GenerateTrial) => number
const speed =
  (tokens: Read, took: (trial: GenerateTrial) => Took, of: keyof Took): Read =>
  (trial) =>
    tokens(trial) / took(trial)[of]
const prompted: Read = ({ promptTokens }) => promptTokens
/** The first one came with the prompt. */
const generated: Read = ({ generatedTokens }) => generatedTokens - 1
const PROMPT = speed(prompted, ({ first }) => first, 'seconds')
const ANSWER = speed(generated, ({ rest }) => rest, 'seconds')

const COLUMNS: readonly (readonly [heading: string, read: Read, digits: number])[] = [
  ['load s', ({ load }) => load.seconds, 2],
  ['CPU s', ({ load }) => load.cpuSeconds, 2],
  ['first token ms', ({ first }) => first.seconds * 1000, 0],
  ['prompt tokens/s', PROMPT, 0],
  ['CPU tokens', speed(prompted, ({ first }) => first, 'cpuSeconds'), 0],
  ['answer tokens/s', ANSWER, 1],
  ['CPU tokens', speed(generated, ({ rest }) => rest, 'cpuSeconds'), 1],
  ['peak MB', ({ peakBytes }) => peakBytes / 1e6, 0],
  ['6 resumes s', ({ judge }) => judge.together.seconds, 2],
  ['each anew s', ({ judge }) => judge.apart.seconds, 2],
]

function print(path: string, trials: ReadonlyMap<number, readonly GenerateTrial[]>, rounds: number): void {
  const [[, [one]]] = [...trials] as [[number, [GenerateTrial]]]
  console.log(
    `${cpus()[0]?.model}, ${cpus().length} processors, Node ${process.version}, medians of ${rounds} rounds`,
  )
  console.log(`${basename(path)}: ${summaryOf(describeGgufFile(path))}`)
  console.log(
    `prompt of ${one.promptTokens} tokens, answer of ${one.generatedTokens}; job and 6 resumes: ${one.judge.own} tokens, of which ${one.judge.tokens} were evaluated\n`,
  )
  const lines = [...trials].map(([threads, all]) => [
    String(threads),
    ...COLUMNS.map(([, read, digits]) => median(all.map(read)).toFixed(digits)),
  ])
  console.log(formatTable([['threads', ...COLUMNS.map(([heading]) => heading)], ...lines], AFTER_FIRST))
  console.log(`\n${formatTargets(targetsOf(trials))}`)
}

/** Two numbers of threads side by side, round by round: noise that a round's runs share cancels out. */
function targetsOf(trials: ReadonlyMap<number, readonly GenerateTrial[]>): Target[] {
  const [first = [], second] = [...trials.values()]
  const [few, many] = [...trials.keys()]
  const gain = (name: string, read: Read, limit: number): Target => {
    const ratios = second!.map((trial, round) => read(trial) / read(first[round]!))
    const atBest = Math.max(...second!.map(read)) / Math.max(...first.map(read))
    return {
      name: `${name}, ${many} threads / ${few}`,
      measured: median(ratios),
      atBest,
      limit,
      sense: 'at least',
    }
  }
  const shared = first.map(({ judge }) => judge.tokens / judge.own)
  const sharing: Target = {
    ...{ name: 'tokens evaluated / tokens of the job and six resumes', sense: 'at most' },
    ...{ measured: median(shared), atBest: Math.min(...shared), limit: MOST_SHARED },
  }
  return [
    ...(second
      ? [gain('prompt tokens a second', PROMPT, LEAST_GAIN), gain('answer tokens a second', ANSWER, 1)]
      : []),
    sharing,
  ]
}
