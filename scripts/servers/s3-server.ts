import { type SpawnOptions, spawn } from 'node:child_process'
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** An S3 server of our own, with keys that may do everything. */
export interface S3Server {
  readonly endpoint: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

const PROGRAMS = ['ceph-mon', 'ceph-osd', 'ceph', 'ceph-authtool', 'monmaptool', 'radosgw', 'radosgw-admin']
const START_MS = 90_000
const root = join(import.meta.dirname, '..', '..')

/** The programs of the S3 server that this machine lacks. */
export function missingS3Programs(): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return PROGRAMS.filter((program) => !folders.some((folder) => existsSync(join(folder, program))))
}

/**
 * The S3 server of this test run (Ceph's gateway), started by the first who asks and stopped when the process
 * `owner` has ended: by default the one that started this test's process.
 */
export async function startS3Server(owner = process.ppid): Promise<S3Server> {
  const folder = join(tmpdir(), `serverless-embeddings-s3-${owner}`)
  if (claim(folder)) {
    const log = openSync(join(folder, 'daemon.log'), 'w')
    const program = [join(root, 'scripts', 'run.mjs'), join(root, 'scripts', 'servers', 's3-daemon.ts')]
    const options: SpawnOptions = { cwd: root, detached: true, stdio: ['ignore', log, log] }
    spawn(process.execPath, [...program, folder, String(owner)], options).unref()
  }
  for (const end = Date.now() + START_MS; Date.now() < end; await sleep(50)) {
    if (existsSync(join(folder, 'ready.json'))) {
      return JSON.parse(readFileSync(join(folder, 'ready.json'), 'utf8'))
    }
    if (existsSync(join(folder, 'failed.txt'))) break
  }
  const logs = ['failed.txt', 'daemon.log'].map((name) => join(folder, name)).filter(existsSync)
  throw new Error(`The S3 server did not start. ${logs.map((path) => readFileSync(path, 'utf8')).join('\n')}`)
}

/** Of all who ask, one makes the folder and starts the server. */
function claim(folder: string): boolean {
  try {
    mkdirSync(folder)
    return true
  } catch {
    return false
  }
}

/** A new bucket; its name is unlike any other of the run. */
export async function createBucket({ endpoint, ...credentials }: S3Server): Promise<string> {
  const { CreateBucketCommand, S3Client } = await import('@aws-sdk/client-s3')
  const client = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true })
  const Bucket = `test-${crypto.randomUUID()}`
  await client.send(new CreateBucketCommand({ Bucket }))
  client.destroy()
  return Bucket
}

/** Lets the S3 clients of this process find the server's keys, as they find those of a role on Lambda. */
export function useCredentials({ accessKeyId, secretAccessKey }: S3Server): void {
  process.env.AWS_ACCESS_KEY_ID = accessKeyId
  process.env.AWS_SECRET_ACCESS_KEY = secretAccessKey
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
}
