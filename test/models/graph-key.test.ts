import { expect, test } from 'vitest'
import { graphKey, processorKey } from '../../src/models/graph-key.ts'

const x86 = (flags: string) =>
  `processor\t: 0\nmodel name\t: Some CPU\nflags\t\t: ${flags}\n\nprocessor\t: 1\n`
const arm = (part: string) =>
  `processor\t: 0\nFeatures\t: fp asimd asimddp\nCPU implementer\t: 0x41\nCPU part\t: ${part}\n\n`

test('a graph is keyed by runtime, system, architecture and processor', async () => {
  expect(await graphKey()).toMatch(/^ort-\d+\.\d+\.\d+-\w+-\w+-([0-9a-f]{8}|unknown)$/)
})

test('processors with the same vector extensions share a key', () => {
  expect(processorKey(x86('fpu avx2 avx512_vnni smep'))).toBe(
    processorKey(x86('avx512_vnni fpu md_clear avx2')),
  )
  expect(processorKey(x86('fpu avx2 avx512_vnni'))).not.toBe(processorKey(x86('fpu avx2')))
})

test('arm processors differ by core, too', () => {
  expect(processorKey(arm('0xd0c'))).not.toBe(processorKey(arm('0xd40')))
  expect(processorKey(arm('0xd0c'))).toMatch(/^[0-9a-f]{8}$/)
})

test('a processor that says nothing is unknown', () => {
  expect(processorKey('')).toBe('unknown')
})
