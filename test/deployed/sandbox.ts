import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { clientFolder, deployedNode } from '../support/lambda-client.ts'

/** A function's folders, as its archives were unpacked. */
export interface Deployment {
  /** What becomes /var/task. */
  readonly task: string
  /** What becomes /opt. */
  readonly layers: string
  readonly handler: string
  readonly environment: Readonly<Record<string, string>>
  readonly memoryMegabytes: number
  readonly diskMegabytes: number
}

/** One execution environment: a process that sees the file system that Lambda shows. */
export interface Sandbox {
  readonly child: ChildProcess
  /** Lines of standard output and standard error so far. */
  readonly output: readonly string[]
  /** The most memory that the process has had, in megabytes. */
  peakMegabytes(): number
}

/**
 * In a mount namespace of its own: everything that can be seen is read-only, but for a small /tmp. The runtime client
 * and the deployed Node lie where Lambda has them.
 */
const LAY_OUT = `set -e
mount --make-rprivate /
mount -t tmpfs -o size=512m none /var
mkdir -p /var/task /var/runtime/node_modules /var/lang/bin /var/opt
touch /var/lang/bin/node
mount --bind "$TASK" /var/task
mount --bind "$LAYERS" /opt
mount --bind "$CLIENT" /var/runtime/node_modules
mount --bind "$NODE" /var/lang/bin/node
mount -o remount,bind,ro /var/task
mount -o remount,bind,ro /opt
mount -o remount,ro none /var
mount -t tmpfs -o size="$DISK"m none /tmp
mount --bind / / && mount -o remount,bind,ro /
cd /var/task
exec env -i "\${@}"`

/** Why this machine cannot have such a namespace, if it cannot. */
export function missingNamespace(): string | undefined {
  const { status, stderr, error } = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/mnt'], {
    encoding: 'utf8',
  })
  return status === 0 ? undefined : `no mount namespace: ${error?.message ?? stderr.trim()}`
}

/** Starts a function against the Runtime API at `address`. */
export function startSandbox(address: string, deployment: Deployment): Sandbox {
  const { task, layers, handler, environment, memoryMegabytes, diskMegabytes } = deployment
  const client = '/var/runtime/node_modules/aws-lambda-ric/index.mjs'
  const variables = {
    ...lambdaVariables(address, handler, memoryMegabytes),
    ...environment,
  }
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  const command = [...assignments, '/var/lang/bin/node', client, handler]
  const child = spawn('unshare', ['-m', 'bash', '-c', LAY_OUT, 'bash', ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      TASK: task,
      LAYERS: layers,
      CLIENT: join(clientFolder, '..'),
      NODE: deployedNode,
      DISK: String(diskMegabytes),
    },
  })
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => output.push(...String(text).split('\n').filter(Boolean)))
  }
  return { child, output, peakMegabytes: () => peakOf(child) }
}

function lambdaVariables(address: string, handler: string, memoryMegabytes: number) {
  return {
    PATH: '/var/lang/bin:/usr/bin:/bin',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    NODE_PATH: '/opt/nodejs/node22/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules',
    LAMBDA_TASK_ROOT: '/var/task',
    AWS_LAMBDA_RUNTIME_API: address,
    AWS_LAMBDA_FUNCTION_NAME: 'embed',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMegabytes),
    AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/embed',
    AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
    AWS_REGION: 'us-east-1',
    _HANDLER: handler,
  }
}

function peakOf({ pid }: ChildProcess): number {
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1024
}
