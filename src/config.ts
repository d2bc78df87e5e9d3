import { readFileSync } from 'node:fs'
import { availableParallelism, tmpdir, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { isDatabase } from './collections/databases.ts'
import { type GenerateSettings, processorLimitIn, readGenerateSettings } from './generate-settings.ts'
import { describeIdle } from './idle-settings.ts'
import { type JudgeConfig, readJudgeSettings } from './judge-settings.ts'
import prices from './prices.json' with { type: 'json' }
import { readSecretPlace } from './secret-settings.ts'
import { readServerSettings, type ServerSettings } from './server-settings.ts'
import { type Environment, isDirectory, type Reader, readerOf, requireDirectories } from './settings.ts'
import type { SecretPlace } from './storage/secret-source.ts'
import { parseSource } from './storage/source.ts'

/** Everything that a deployment may choose. */
export interface Config extends ServerSettings, GenerateSettings, JudgeConfig {
  /** 0 lets the system choose. */
  readonly port: number
  readonly host: string
  /** What stands before every path, such as `/embeddings`. */
  readonly basePath: string | undefined
  /** Directories, `s3://bucket/prefix`, `https://host/prefix` and `hf:`, searched in order. */
  readonly modelSources: readonly string[]
  /** Where models from elsewhere are kept. */
  readonly modelCache: string
  /** Most bytes of them. */
  readonly modelCacheBytes: number
  /** Another S3 server than Amazon's. */
  readonly s3Endpoint: string | undefined
  /** Another queue server than Amazon's. */
  readonly sqsEndpoint: string | undefined
  readonly hubEndpoint: string
  /** Sent to the hub alone. */
  readonly hubToken: string | undefined
  /** A JSON file with more manifests than the ones that ship. */
  readonly modelCatalog: string | undefined
  /** Further names of models, or existing ones that lead elsewhere: model by alias. */
  readonly modelAliases: Readonly<Record<string, string>>
  /** A JSON file with more names of skills than those that ship. */
  readonly skillSynonyms: string | undefined
  /** Where collections are: a directory, `s3://bucket/prefix`, `postgres://user@host/database`, or `s3vectors://bucket/index`. */
  readonly collections: string | undefined
  /** The password of a database of collections, or where it is kept. */
  readonly collectionsPassword: string | undefined
  readonly collectionsPasswordPlace: SecretPlace | undefined
  /** Most bytes of collections in memory. */
  readonly collectionBudgetBytes: number
  readonly defaultModel: string
  /** Names of models to load before the first request. */
  readonly preloadModels: readonly string[]
  /** The bearer token that callers must send; everyone is served without one. */
  readonly authToken: string | undefined
  /** Where that token lies instead. */
  readonly authTokenPlace: SecretPlace | undefined
  /** Most bytes of memory that models may take at once. */
  readonly modelBudgetBytes: number
  readonly threads: number
  /** Most padded tokens in one run of a graph. */
  readonly tokenBudget: number
  readonly maxBodyBytes: number
  readonly maxInputs: number
  readonly maxResponseBytes: number
  /** The folder of the Node server's files and batches; one of its own by its port when absent. */
  readonly files: string | undefined
  /** Most bytes of all of them. */
  readonly filesBytes: number
  /** Most bytes of one file that is uploaded. */
  readonly fileBytes: number
  /** Days after which they are taken away. */
  readonly filesDays: number
  /** Worker threads of the Node server, each with models of its own. */
  readonly workers: number
  /** Most jobs that wait for a worker. */
  readonly queueLimit: number
  /** Most milliseconds of one run, one tokenization or one load of a graph in a worker thread. */
  readonly runLimitMs: number
  /** Files of at least so many bytes are left to the state machine that splits them. */
  readonly splitBytes: number
  /** About the bytes of one piece of a file that is split. */
  readonly rangeBytes: number
  /** Tries without progress after which a batch job is given up. */
  readonly mostAttempts: number
  /** The address of the queue that the queue worker takes messages from. */
  readonly queueUrl: string | undefined
  /** Whether a queue worker also learns from pairs below `train/`. */
  readonly trainJobs: boolean
  /** Most messages that a queue worker works on at once. */
  readonly queueConcurrency: number
  /** How long a message stays hidden when its worker has died; prolonged while it is worked on. */
  readonly visibilitySeconds: number
  /** Of the function, for estimates of cost; elsewhere of one with as many processors as this machine. */
  readonly memoryMegabytes: number
  /** Price of a gigabyte of memory for a second. */
  readonly usdPerGigabyteSecond: number
  /** Writes the texts of every request to the log. */
  readonly logInputs: boolean
  /** Names this deployment in its metrics. */
  readonly functionName: string
  /** Variables that may have been meant to be settings, and settings without effect, in sentences for the log of the start. */
  readonly doubts: readonly string[]
}

/** Where the program runs. */
interface Machine {
  readonly memoryBytes: number
  readonly processors: number
  /** As Node names it: x64, arm64. */
  readonly architecture?: string
  /** Processors that a container may use at most, where it has such a limit. */
  readonly processorLimit?: () => number | undefined
  /** The folder that holds `layers/`. */
  readonly root: string
}

/** Lambda gives one processor for each 1,769 MB, six at most. */
const MEGABYTES_PER_PROCESSOR = 1769
const MOST_LAMBDA_PROCESSORS = 6
const MOST_LAMBDA_MEGABYTES = 10_240
const MEGABYTE = 1024 * 1024

/** The largest /tmp that a function can have; a smaller one bounds the cache by itself. */
const MOST_LAMBDA_DISK_BYTES = 10 * 1024 ** 3

/** What the program itself takes, with a request of many texts; models may have the rest. */
const OWN_MEMORY_BYTES = 160 * MEGABYTE
const LEAST_MODEL_SHARE = 0.25
const COLLECTION_SHARE = 0.4

/**
 * The settings of this process; `root` is the folder that holds `layers/`. Variables that may have been meant to be
 * settings, and settings without effect, are told on standard error.
 *
 * @throws AppError `invalid_request`, as {@link readConfig} does, and for a source that is not there
 */
export function readProcessConfig(root: string): Config {
  const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY
  const memoryBytes = Math.min(totalmem(), limit)
  const config = readConfig(process.env, {
    memoryBytes,
    processors: availableParallelism(),
    architecture: process.arch,
    processorLimit: readProcessorLimit,
    root,
  })
  // The usual ones may be absent: a machine that serves from one of them need not have the others.
  if (process.env.MODEL_SOURCES?.trim()) requireDirectories('MODEL_SOURCES', config.modelSources)
  for (const sentence of config.doubts) console.error(sentence)
  return config
}

/** Linux says how much of its processors a container may take; other systems, and older Linux, do not say it there. */
function readProcessorLimit(): number | undefined {
  try {
    return processorLimitIn(readFileSync('/sys/fs/cgroup/cpu.max', 'utf8'))
  } catch {
    return undefined
  }
}

/** Folders that the settings name and that may appear later, in sentences for the log of the start. */
export function describeAbsent({ collections }: Config): string[] {
  if (collections === undefined || parseSource(collections)?.kind !== 'directory') return []
  if (isDirectory(collections)) return []
  return [
    `There is no folder ${collections} yet, which COLLECTIONS names; collections are found once they are there.`,
  ]
}

/**
 * Settings with their defaults, which differ between Lambda and other machines. An empty setting counts as absent.
 *
 * @throws AppError `invalid_request` that names the setting, what it should be and what it is
 */
export function readConfig(environment: Environment, machine: Machine): Config {
  const read = readerOf(environment)
  const inLambda = Boolean(environment.AWS_LAMBDA_FUNCTION_NAME)
  const lambdaMegabytes = read.integer('AWS_LAMBDA_FUNCTION_MEMORY_SIZE', 1, 1 << 20, 0)
  const memoryBytes = inLambda && lambdaMegabytes ? lambdaMegabytes * MEGABYTE : machine.memoryBytes
  const processors = inLambda ? lambdaProcessors(lambdaMegabytes) : machine.processors
  const port = read.integer('PORT', 0, 65_535, 3000)
  const config: Omit<Config, 'doubts'> = {
    port,
    host: read.host('HOST') ?? '127.0.0.1',
    basePath: read.path('BASE_PATH'),
    modelSources: read.sources('MODEL_SOURCES') ?? usualSources(inLambda, machine),
    modelCache: resolve(read.text('MODEL_CACHE') ?? join(tmpdir(), 'models')),
    modelCacheBytes: read.integer('MODEL_CACHE_BYTES', 1, 2 ** 44, MOST_LAMBDA_DISK_BYTES),
    s3Endpoint: read.url('AWS_ENDPOINT_URL_S3') ?? read.url('AWS_ENDPOINT_URL'),
    sqsEndpoint: read.url('AWS_ENDPOINT_URL_SQS') ?? (inLambda ? read.url('AWS_ENDPOINT_URL') : undefined),
    hubEndpoint: read.url('HF_ENDPOINT') ?? 'https://huggingface.co',
    hubToken: read.text('HF_TOKEN'),
    modelCatalog: read.text('MODEL_CATALOG'),
    modelAliases: read.pairs('MODEL_ALIASES'),
    skillSynonyms: read.text('SKILL_SYNONYMS'),
    defaultModel: read.text('DEFAULT_MODEL') ?? 'jobs-static',
    preloadModels: read.list('PRELOAD_MODELS') ?? [],
    authToken: read.secret('AUTH_TOKEN'),
    authTokenPlace: readSecretPlace(read, 'AUTH_TOKEN'),
    collectionsPassword: read.secret('COLLECTIONS_PASSWORD', 'one without spaces'),
    collectionsPasswordPlace: readSecretPlace(read, 'COLLECTIONS_PASSWORD'),
    ...readMemory(read, memoryBytes),
    threads: read.integer('THREADS', 1, 256, processors),
    tokenBudget: read.integer('TOKEN_BUDGET', 1, 1 << 20, 512),
    ...readLimits(read, inLambda),
    ...readFiles(read),
    workers: read.integer('WORKERS', 1, 64, 1),
    queueLimit: read.integer('QUEUE_LIMIT', 0, 1 << 20, 64),
    runLimitMs: read.integer('RUN_LIMIT_MS', 1000, 3_600_000, 60_000),
    ...readBatch(read),
    memoryMegabytes: lambdaMegabytes || Math.min(processors * MEGABYTES_PER_PROCESSOR, MOST_LAMBDA_MEGABYTES),
    usdPerGigabyteSecond: prices.lambda.gigabyteSecond[machine.architecture === 'arm64' ? 'arm64' : 'x64'],
    ...readServerSettings(read, port),
    ...readGenerateSettings(read, { ...machine, inLambda, lambdaMegabytes }),
    ...readJudgeSettings(read),
    logInputs: read.flag('LOG_INPUTS'),
    functionName: environment.AWS_LAMBDA_FUNCTION_NAME || 'local',
  }
  read.refuseMisspelled()
  return { ...config, doubts: [...read.doubts(), ...describeIdle(read)] }
}

/** The layer; elsewhere what ships, and what `npm run models -- pull` has fetched. */
function usualSources(inLambda: boolean, { root }: Machine): string[] {
  return inLambda ? ['/opt/models'] : [join(root, 'layers', 'models'), join(root, 'models')]
}

function readLimits(
  read: Reader,
  inLambda: boolean,
): Pick<Config, 'maxBodyBytes' | 'maxInputs' | 'maxResponseBytes'> {
  return {
    maxBodyBytes: read.integer('MAX_BODY_BYTES', 1, 2 ** 30, 6 * MEGABYTE),
    maxInputs: read.integer('MAX_INPUTS', 1, 1 << 20, 2048),
    maxResponseBytes: read.integer('MAX_RESPONSE_BYTES', 1, 2 ** 29, inLambda ? 6_291_556 : 64 * MEGABYTE),
  }
}

function readFiles(read: Reader): Pick<Config, 'files' | 'filesBytes' | 'fileBytes' | 'filesDays'> {
  const files = read.text('FILES')
  return {
    files: files === undefined ? undefined : resolve(files),
    filesBytes: read.integer('FILES_BYTES', 1, 2 ** 44, 10 * 1024 ** 3),
    fileBytes: read.integer('FILE_BYTES', 1, 2 ** 40, 512 * MEGABYTE),
    filesDays: read.integer('FILES_DAYS', 1, 3650, 30),
  }
}

function readBatch(read: Reader) {
  return {
    // Other programs have a QUEUE_URL, too: only the worker that needs it looks whether it is an address.
    queueUrl: read.text('QUEUE_URL'),
    trainJobs: read.flag('TRAIN_JOBS'),
    queueConcurrency: read.integer('QUEUE_CONCURRENCY', 1, 64, 2),
    visibilitySeconds: read.integer('VISIBILITY_SECONDS', 2, 43_200, 60),
    splitBytes: read.integer('SPLIT_BYTES', 1, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    rangeBytes: read.integer('RANGE_BYTES', 1, 2 ** 40, 64 * MEGABYTE),
    mostAttempts: read.integer('MOST_ATTEMPTS', 1, 1000, 5),
  }
}

type MemorySettings = Pick<Config, 'collections' | 'collectionBudgetBytes' | 'modelBudgetBytes'>

/** Collections and models share what the program itself does not take. */
function readMemory(read: Reader, memoryBytes: number): MemorySettings {
  const given = read.text('COLLECTIONS')
  const elsewhere = given !== undefined && isDatabase(given)
  const collections = elsewhere ? given : read.place('COLLECTIONS')
  const share = memoryBytes * COLLECTION_SHARE
  const collectionBudgetBytes = read.integer('COLLECTION_BUDGET_BYTES', 1, 2 ** 44, share)
  const left = modelMemory(memoryBytes, collections && !elsewhere ? collectionBudgetBytes : 0)
  return {
    collections,
    collectionBudgetBytes,
    modelBudgetBytes: read.integer('MODEL_BUDGET_BYTES', 1, 2 ** 44, left),
  }
}

function modelMemory(memoryBytes: number, collectionBytes: number): number {
  return Math.max(memoryBytes - OWN_MEMORY_BYTES - collectionBytes, memoryBytes * LEAST_MODEL_SHARE)
}

function lambdaProcessors(megabytes: number): number {
  return Math.min(MOST_LAMBDA_PROCESSORS, Math.max(1, Math.round(megabytes / MEGABYTES_PER_PROCESSOR)))
}
