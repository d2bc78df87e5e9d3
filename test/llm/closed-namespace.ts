import { spawnSync } from 'node:child_process'

/** A function's folders, and what is to be run in it. */
interface ClosedRun {
  /** What becomes /var/task. */
  readonly task: string
  /** What becomes /opt. */
  readonly layers: string
  readonly environment: Readonly<Record<string, string>>
  /** A program of Node. */
  readonly script: string
  readonly argument: string
}

/** Lambda's user, whom no machine knows by a name. */
const USER = '993'

/**
 * As on Lambda and stricter: everything that can be seen is read-only but for /tmp, there is no network, not even to this
 * machine, and the user is nobody.
 */
const LAY_OUT = `set -e
mount --make-rprivate /
mount -t tmpfs -o size=64m none /var
mkdir -p /var/task /var/lang/bin
touch /var/lang/bin/node
mount --bind "$TASK" /var/task
mount --bind "$LAYERS" /opt
mount --bind "$NODE" /var/lang/bin/node
mount -o remount,bind,ro /var/task
mount -o remount,bind,ro /opt
mount -o remount,ro none /var
mount -t tmpfs -o size=64m none /tmp
mount --bind / / && mount -o remount,bind,ro /
cd /var/task
exec setpriv --reuid=${USER} --regid=${USER} --clear-groups env -i "\${@}"`

/** Why this machine cannot run something so, if it cannot. */
export function missingClosed(): string | undefined {
  const trial = ['-m', '-n', 'setpriv', `--reuid=${USER}`, '--clear-groups', 'true']
  const { status, stderr, error } = spawnSync('unshare', trial, { encoding: 'utf8' })
  return status === 0 ? undefined : `no closed namespace: ${error?.message ?? stderr.trim()}`
}

/** Runs a program of Node to its end. */
export function runClosed({ task, layers, environment, script, argument }: ClosedRun) {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
  const command = [...variables, '/var/lang/bin/node', '--eval', script, argument]
  return spawnSync('unshare', ['-m', '-n', 'bash', '-c', LAY_OUT, 'bash', ...command], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, TASK: task, LAYERS: layers, NODE: process.execPath },
  })
}
