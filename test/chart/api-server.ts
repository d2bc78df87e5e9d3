import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from '../../scripts/servers/free-port.ts'

/** Where controller-runtime's tests look for them too: a folder with `kube-apiserver` and `etcd`. */
const assets = process.env.KUBEBUILDER_ASSETS

/** Whether there is an API server to start, and kubectl to ask it with. */
export const hasApiServer =
  assets !== undefined &&
  ['kube-apiserver', 'etcd'].every((name) => existsSync(join(assets, name))) &&
  existsSync(resolve('.cache/chart/kubectl/kubectl'))

const TOKEN = 'of-this-test'

/** A control plane without nodes. */
export interface ApiServer {
  /** Runs kubectl against it, with `input` on its standard input. */
  kubectl(args: readonly string[], input?: string): Promise<{ readonly code: number; readonly all: string }>
  stop(): void
}

/**
 * Starts etcd and kube-apiserver on free ports, and waits until it is ready.
 *
 * @param folder what they may write to
 */
export async function startApiServer(folder: string): Promise<ApiServer> {
  const [client, peer, port] = [await freePort(), await freePort(), await freePort()]
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  })
  writeFileSync(join(folder, 'key.pem'), privateKey)
  writeFileSync(join(folder, 'tokens.csv'), `${TOKEN},admin,1,system:masters\n`)
  const etcd = `http://127.0.0.1:${client}`
  const children: ChildProcess[] = []
  const start = (name: string, args: readonly string[]) => {
    const child = spawn(join(assets ?? '', name), args, { stdio: 'ignore' })
    children.push(child)
    return child
  }
  start('etcd', [
    ...['--data-dir', join(folder, 'etcd'), '--listen-client-urls', etcd, '--advertise-client-urls', etcd],
    ...['--listen-peer-urls', `http://127.0.0.1:${peer}`, '--unsafe-no-fsync'],
  ])
  const server = start('kube-apiserver', [
    ...[`--etcd-servers=${etcd}`, `--secure-port=${port}`, '--bind-address=127.0.0.1'],
    ...[`--cert-dir=${join(folder, 'certs')}`, `--token-auth-file=${join(folder, 'tokens.csv')}`],
    ...['--authorization-mode=RBAC', '--service-cluster-ip-range=10.0.0.0/24'],
    ...['--service-account-issuer=https://kubernetes.default.svc'],
    ...[`--service-account-key-file=${join(folder, 'key.pem')}`],
    ...[`--service-account-signing-key-file=${join(folder, 'key.pem')}`],
    // There is no controller that would make the default account of a namespace.
    '--disable-admission-plugins=ServiceAccount',
  ])
  const kubectl: ApiServer['kubectl'] = (args, input) =>
    new Promise((done) => {
      const access = [`--server=https://127.0.0.1:${port}`, `--token=${TOKEN}`, '--insecure-skip-tls-verify']
      const program = resolve('.cache/chart/kubectl/kubectl')
      const env = { ...process.env, KUBECONFIG: '/dev/null', HOME: folder }
      const child = execFile(
        program,
        [...access, ...args],
        { env, maxBuffer: 1 << 26 },
        (error, out, err) => {
          done({ code: error ? Number(error.code ?? 1) : 0, all: `${out}${err}` })
        },
      )
      child.stdin?.end(input ?? '')
    })
  const stop = () => {
    for (const child of children) child.kill('SIGKILL')
  }
  while ((await kubectl(['get', '--raw', '/readyz'])).code !== 0) {
    if (server.exitCode !== null) {
      stop()
      throw new Error(`kube-apiserver ended with ${server.exitCode} before it was ready.`)
    }
    await wait(500)
  }
  return { kubectl, stop }
}
