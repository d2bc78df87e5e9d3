import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'

/**
 * A Ceph cluster of one node in memory with its S3 gateway, for as long as the process `owner` lives:
 * `node scripts/run.mjs scripts/servers/s3-daemon.ts <folder> <owner>`. Writes `<folder>/ready.json` when it answers,
 * or `<folder>/failed.txt`.
 */
const [folder, owner] = [process.argv[2]!, Number(process.argv[3])]
const children: ChildProcess[] = []
const at = (...path: string[]) => join(folder, ...path)
const run = (program: string, ...options: string[]) =>
  promisify(execFile)(program, ['-c', at('ceph.conf'), ...options], { timeout: 60_000 })

function settings(id: string, monitorPort: number): string {
  return `[global]
fsid = ${id}
mon_host = [v2:127.0.0.1:${monitorPort}]
public_addr = 127.0.0.1
keyring = ${at('keyring')}
run_dir = ${at('run')}
admin_socket = ${at('run', '$name.asok')}
log_file = ${at('log', '$name.log')}
mon_cluster_log_file = ${at('log', 'cluster.log')}
mon_data = ${at('mon')}
osd_data = ${at('osd')}
rgw_data = ${at('rgw')}
setuser_match_path =
ms_bind_ipv6 = false
osd_objectstore = memstore
memstore_device_bytes = 4294967296
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
rgw_run_sync_thread = false
rgw_thread_pool_size = 32
rgw_dynamic_resharding = false
`
}

/** Stays in the foreground, so that it ends with this process. */
function keep(program: string, ...options: string[]): void {
  const child = spawn(program, ['-f', '-c', at('ceph.conf'), ...options], { stdio: 'ignore' })
  child.once('exit', () => void stop())
  children.push(child)
}

async function start(): Promise<void> {
  const [id, monitorPort, port] = [crypto.randomUUID(), await freePort(), await freePort()]
  for (const name of ['mon', 'osd', 'rgw', 'run', 'log']) await mkdir(at(name), { recursive: true })
  await writeFile(at('ceph.conf'), settings(id, monitorPort))
  const tool = promisify(execFile)
  await tool('ceph-authtool', ['--create-keyring', at('keyring')])
  for (const name of ['mon.', 'client.admin', 'client.rgw.a', 'osd.0']) {
    const rights = ['mon', 'osd', 'mgr'].flatMap((service) => ['--cap', service, 'allow *'])
    await tool('ceph-authtool', [at('keyring'), '--gen-key', '-n', name, ...rights])
  }
  const monitor = `[v2:127.0.0.1:${monitorPort}]`
  await tool('monmaptool', ['--create', '--fsid', id, '--addv', 'a', monitor, at('monmap')])
  await run('ceph-mon', '-i', 'a', '--mkfs', '--monmap', at('monmap'))
  keep('ceph-mon', '-i', 'a')
  const storage = crypto.randomUUID()
  await run('ceph', 'osd', 'new', storage, '0')
  await run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', storage)
  keep('ceph-osd', '-i', '0')
  keep('radosgw', '-n', 'client.rgw.a', `--rgw_frontends=beast endpoint=127.0.0.1:${port}`)
  const keys = { accessKeyId: 'TESTKEY', secretAccessKey: 'TESTSECRET' }
  const user = ['--uid=tests', '--display-name=tests', '--access-key=TESTKEY', '--secret=TESTSECRET']
  await run('radosgw-admin', 'user', 'create', ...user)
  const endpoint = `http://127.0.0.1:${port}`
  for (let tries = 0; !(await fetch(endpoint).catch(() => undefined)); tries++) {
    if (tries > 600) throw new Error('The S3 gateway does not answer.')
    await sleep(100)
  }
  await writeFile(at('starting.json'), JSON.stringify({ endpoint, ...keys }))
  await rename(at('starting.json'), at('ready.json'))
}

let stopping = false
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  for (const child of children) child.kill('SIGKILL')
  await sleep(100)
  await rm(folder, { recursive: true, force: true })
  process.exit()
}

function ownerLives(): boolean {
  try {
    return process.kill(owner, 0)
  } catch {
    return false
  }
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop())
setInterval(() => ownerLives() || void stop(), 500)
start().catch((error) => writeFile(at('failed.txt'), String(error.stack ?? error)))
