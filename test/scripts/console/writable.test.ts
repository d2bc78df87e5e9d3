import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { UsageError } from '../../../scripts/console/options.ts'
import { requireWritableFile, requireWritableFolder } from '../../../scripts/console/writable.ts'
import { distillTool } from '../../../scripts/distill/tool.ts'
import { learnTool } from '../../../scripts/learn/tool.ts'
import { weightsTool } from '../../../scripts/learn/weights/tool.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { run } from '../../support/tools.ts'

let folder: string
beforeEach(() => {
  folder = temporaryFolder('writable')
  writeFileSync(join(folder, 'file'), 'kept')
})

test('a folder that can be made or written leaves nothing behind', () => {
  mkdirSync(join(folder, 'there'))
  requireWritableFolder('--out', join(folder, 'there'))
  requireWritableFolder('--out', join(folder, 'new', 'deep'))
  expect(readdirSync(folder).sort()).toEqual(['file', 'there'])
  expect(readdirSync(join(folder, 'there'))).toEqual([])
})

test('a file that can be written is left as it was', () => {
  requireWritableFile('--out', join(folder, 'file'))
  requireWritableFile('--out', join(folder, 'new'))
  expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('kept')
  expect(existsSync(join(folder, 'new'))).toBe(false)
})

test('what cannot be written is named with what stands against it', () => {
  const [file, below] = [join(folder, 'file'), join(folder, 'file', 'models')]
  expect(() => requireWritableFolder('--out', file)).toThrow(
    new UsageError(
      `--out is ${file}, which cannot be written: it is a file; expected a folder that can be written, or that can be made.`,
    ),
  )
  expect(() => requireWritableFolder('--out', below)).toThrow('a part of it is a file')
  expect(() => requireWritableFile('--out', folder)).toThrow('it is a folder')
  expect(() => requireWritableFile('--out', join(folder, 'none', 'report.json'))).toThrow(
    'its folder is not there',
  )
})

test.each([
  ['learn', learnTool, ['--model', 'jobs', '--pairs', 'no-such-file.csv']],
  ['learn -- distill', distillTool, ['--teacher', 'jobs', '--texts', 'no-such-file.csv']],
  ['learn -- weights', weightsTool, ['--pairs', 'no-such-file.csv', '--models', 'jobs,balanced']],
] as const)('%s says it before it reads anything', async (_, tool, args) => {
  const { err, status } = await run(tool, ...args, '--out', join(folder, 'file', 'models'))
  expect(err).toContain('which cannot be written: a part of it is a file')
  expect(status).toBe(2)
})
