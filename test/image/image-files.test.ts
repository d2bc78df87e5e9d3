import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { isLeftOut, planImage } from '../../scripts/deploy/image-plan.ts'
import { readConfig } from '../../src/config.ts'
import { readText } from '../support/markdown.ts'

describe('planImage', () => {
  it.each([
    ['', 'amd64', [['build:layers', '--arch', 'x64', '--models', 'jobs-static'], ['build']]],
    [
      'fast, balanced',
      'arm64',
      [
        ['models', 'pull', 'fast', 'balanced'],
        ['build:layers', '--arch', 'arm64', '--models', 'jobs-static,fast,balanced'],
        ['build'],
      ],
    ],
    [
      'jobs-static,fast',
      'x64',
      [
        ['models', 'pull', 'fast'],
        ['build:layers', '--arch', 'x64', '--models', 'jobs-static,fast'],
        ['build'],
      ],
    ],
  ])('plans an image with the models %j for %s', (models, architecture, commands) => {
    expect(planImage(models, architecture).commands).toEqual(commands)
  })

  it('puts the runtime of language models in where it is asked for', () => {
    const { commands, folders } = planImage('', 'amd64', true)
    expect(commands[0]).toEqual(['build:layers', '--arch', 'x64', '--models', 'jobs-static', '--llm'])
    expect(folders.map(({ to }) => to)).toContain('app/layers/llm')
    expect(planImage('', 'amd64').folders.map(({ to }) => to)).not.toContain('app/layers/llm')
  })

  it('refuses a platform that has no runtime', () => {
    expect(() => planImage('', 's390x')).toThrow('expected --platform linux/amd64 or linux/arm64')
  })
})

describe('isLeftOut', () => {
  it.each([
    'embed.js',
    'embed.bundle.js.cache',
    'embed-preloaded.mjs',
    'match.js',
    'batch.js',
    'split.js',
    'run/a.mjs',
    'test-1/server.js',
  ])('leaves %s out of an image', (path) => {
    expect(isLeftOut(path)).toBe(true)
  })

  it.each([
    'server.js',
    'server.bundle.js',
    'worker.js',
    'batch-thread.js',
    'queue-worker.js',
    'later/s3-client.js',
    'package.json',
  ])('keeps %s in an image', (path) => {
    expect(isLeftOut(path)).toBe(false)
  })
})

const dockerfile = readText('scripts/deploy/Dockerfile')

describe('the Dockerfile', () => {
  it('copies only what is there, and what its list of what to ignore lets through', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, names]) =>
      names!.split(' '),
    )
    const allowed = readText('scripts/deploy/Dockerfile.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1))
    const pins = 'models.lock.json'
    const plain = copied.map((name) => name.replace('jso[n]', 'json'))
    expect(plain.sort()).toEqual(allowed.sort())
    expect(plain.filter((name) => name !== pins && !existsSync(name))).toEqual([])
  })

  it('takes the Node that deployments use', () => {
    expect(dockerfile).toContain(`NODE_IMAGE=node:${readText('.nvmrc').trim()}-`)
  })
})

describe('compose.yaml', () => {
  const path = 'scripts/deploy/compose.yaml'
  const { services, volumes } = parse(readText(path))
  const { server } = services

  it('builds the image from the root of the project', () => {
    const context = resolve(dirname(path), server.build.context)
    expect(existsSync(join(context, server.build.dockerfile))).toBe(true)
    expect(context).toBe(resolve('.'))
  })

  it('lets the server write to its volumes and to nothing else, and be reached from this machine alone', () => {
    expect(server).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's own.
      ports: ['${ADDRESS:-127.0.0.1}:3000:3000'],
    })
    const writable = server.volumes.filter((volume: string) => !volume.endsWith(':ro'))
    expect(writable).toEqual(['models:/var/cache/models', 'files:/var/lib/files'])
    expect(Object.keys(volumes)).toEqual(['models', 'files'])
  })

  it('passes on only variables that the program reads', () => {
    const asked = new Set<string>()
    const environment = new Proxy<Record<string, string>>(
      {},
      { get: (_, name) => void asked.add(String(name)) },
    )
    readConfig(environment, { memoryBytes: 1e9, processors: 1, root: '/' })
    // The S3 client reads its own.
    const ofAws = ['AWS_ACCESS_KEY_ID', 'AWS_REGION', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']
    const unknown = server.environment.filter((name: string) => !asked.has(name) && !ofAws.includes(name))
    expect(unknown).toEqual([])
    // One that is left behind would leave the server open to everyone.
    const tokens = [...asked].filter((name) => name.startsWith('AUTH_'))
    expect(server.environment).toEqual(expect.arrayContaining(tokens))
  })
})
