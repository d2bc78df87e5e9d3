import { readFileSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { createContext } from '../../src/context.ts'
import { downloadVerified, LANES, planParts } from '../../src/models/download.ts'
import { createS3Store } from '../../src/storage/s3.ts'
import type { ByteRange } from '../../src/storage/store.ts'

/** One download in a fresh process, given as JSON on the command line. */
export interface DownloadJob {
  readonly contender: 'ours' | 'plain'
  readonly endpoint: string
  readonly bucket: string
  readonly key: string
  readonly bytes: number
  readonly sha256: string
  /** Where to put the file. */
  readonly path: string
}

/** What the process prints. */
export interface DownloadTrial {
  readonly seconds: number
  readonly cpuSeconds: number
  /** Resident memory before the download, with the S3 client in use already. */
  readonly idleBytes: number
  /** Most ever resident. */
  readonly peakBytes: number
}

async function ours({ endpoint, bucket, key, bytes, sha256, path }: DownloadJob) {
  const source = createS3Store({ bucket, prefix: '', endpoint })
  await source.stat(key)
  return async () => {
    const file = await open(path, 'w+')
    const expected = { path: key, bytes, sha256 }
    await downloadVerified({ source, key, expected, model: 'bench' }, file, createContext())
    await file.close()
  }
}

/** The S3 client's bodies, the same number at the same time, written where they belong and not looked at. */
async function plain({ endpoint, bucket, key, bytes, path }: DownloadJob) {
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true })
  const read = async ({ start, end }: ByteRange) => {
    const Range = `bytes=${start}-${end - 1}`
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range }))
    return Body as AsyncIterable<Uint8Array>
  }
  for await (const _chunk of await read({ start: 0, end: 1 }));
  return async () => {
    const file = await open(path, 'w')
    const parts = planParts(bytes)
    const lane = async () => {
      for (let part = parts.shift(); part; part = parts.shift()) {
        let position = part.start
        for await (const chunk of await read(part)) {
          await file.write(chunk, 0, chunk.length, position)
          position += chunk.length
        }
      }
    }
    await Promise.all(Array.from({ length: LANES }, lane))
    await file.close()
  }
}

/** The kernel's own count for this program alone: what `resourceUsage` says includes the parent's before the start. */
function peakMemory(): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return Number(kilobytes) * 1024
}

const job: DownloadJob = JSON.parse(process.argv[2]!)
const run = await (job.contender === 'ours' ? ours : plain)(job)
const idleBytes = process.memoryUsage.rss()
const start = performance.now()
const before = process.cpuUsage()
await run()
const seconds = (performance.now() - start) / 1000
const { user, system } = process.cpuUsage(before)
const peakBytes = peakMemory()
await rm(job.path)
const trial: DownloadTrial = { seconds, cpuSeconds: (user + system) / 1e6, idleBytes, peakBytes }
console.log(JSON.stringify(trial))
process.exit()
