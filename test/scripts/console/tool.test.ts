import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatTable } from '../../../scripts/console/table.ts'
import { readArguments } from '../../../scripts/console/tool-arguments.ts'
import { describeTool } from '../../../scripts/console/tool-help.ts'
import { cutTo, padTo, widthOf } from '../../../scripts/console/width.ts'

const SHAPE = {
  name: 'paint',
  summary: 'Paints a wall.',
  usage: ['<wall> [option …]'],
  options: {
    colour: { value: '<name>', default: 'white', help: 'of the paint' },
    coat: { value: '<name>', multiple: true, help: 'what goes on top' },
    dry: { help: 'waits until it is dry' },
    primer: { on: true, help: 'leaves the primer out' },
  },
  examples: ['kitchen --colour 红', 'list | {call} -'],
} as const

describe('a command line', () => {
  const read = (...args: string[]) => readArguments<typeof SHAPE.options>(SHAPE, args)

  it('is read with its defaults', () => {
    expect(read('wall').values).toEqual({ colour: 'white', coat: [], dry: false, primer: true })
  })

  it('is read with what was given, in any order', () => {
    const { values, positionals } = read('--no-primer', 'a', '--coat=x', '--coat', 'y', '--dry', '--', '--b')
    expect(values).toEqual({ colour: 'white', coat: ['x', 'y'], dry: true, primer: false })
    expect(positionals).toEqual(['a', '--b'])
  })

  it.each([
    [['--color', 'red'], 'There is no option --color; did you mean --colour?'],
    [['--zzzzzzzz'], 'There is no option --zzzzzzzz; expected --colour, --coat, --dry, --no-primer.'],
    [['--colour'], "Option '--colour <value>' argument missing."],
    [['--dry=5'], "Option '--dry' does not take an argument."],
  ])('with the mistake %j is refused in a sentence', (args, sentence) => {
    expect(() => read(...args)).toThrow(sentence)
  })
})

it('a help has usage, options with defaults, and examples in which npm adds nothing to a pipe', () => {
  const help = describeTool(SHAPE, 'npm run paint --')
  expect(help).toContain('Usage:\n  npm run paint -- <wall> [option …]')
  expect(help).toContain('--colour <name>             of the paint (default white)')
  expect(help).toContain('what goes on top (may be given several times)')
  expect(help).toContain('  npm run paint -- kitchen --colour 红\n  list | npm run -s paint -- -')
})

describe('widths in a terminal', () => {
  it.each([
    ['nurse', 5],
    ['护士', 4],
    ['ICU 护士', 8],
    ['ｆｕｌｌ', 8],
    ['e\u0301', 1],
    ['👩‍⚕️', 2],
    ['', 0],
  ])('%j takes %i columns', (text, columns) => {
    expect(widthOf(text)).toBe(columns)
  })

  it('a cut text is never wider than it may be, and is marked', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 30 }),
        fc.integer({ min: 1, max: 30 }),
        (text, width) => {
          const cut = cutTo(text, width)
          expect(widthOf(cut)).toBeLessThanOrEqual(width)
          expect(cut.endsWith('…') || cut === text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim()).toBe(true)
        },
      ),
    )
  })

  it('a text is padded to the columns that it lacks, on either side', () => {
    expect([padTo('护士', 6), padTo('护士', 6, true), padTo('nurses', 3)]).toEqual([
      '护士  ',
      '  护士',
      'nurses',
    ])
  })

  it('columns of a table stand under each other, in Chinese and in English', () => {
    const table = formatTable([
      ['护士', '1'],
      ['nurse', '2'],
    ])
    expect(table).toBe('护士   1\nnurse  2')
  })
})
