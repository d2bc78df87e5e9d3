import { readNumber } from './console/options.ts'
import { runNpmTool } from './console/run-tool.ts'
import { readArguments } from './console/tool-arguments.ts'
import { trainStatic } from './train/static.ts'

const SHAPE = {
  name: 'train:static',
  summary: 'Trains the bundled model; the same options give the same bytes on the same processor.',
  usage: ['[option …]'],
  options: {
    data: { value: '<folder>', default: '../shared/data', help: 'the public data' },
    models: {
      value: '<folder>',
      default: '../shared/models',
      help: 'the teachers: bge-small-en-v1.5, all-MiniLM-L6-v2, bge-small-zh-v1.5',
    },
    cache: { value: '<folder>', default: '.cache/teachers', help: "where the teachers' vectors are kept" },
    out: { value: '<folder>', default: 'layers/models/jobs-static-2', help: 'where its files go' },
    catalog: { value: '<file>', default: 'src/models/catalog/catalog.json', help: 'where it is described' },
    dimensions: { value: '<number>', default: '256', help: 'of its vectors' },
    seed: { value: '<number>', default: '1', help: 'of all chance' },
  },
  examples: ['', '--out /tmp/jobs-static --catalog /tmp/catalog.json'],
} as const

await runNpmTool({
  shape: SHAPE,
  async run(args) {
    const { dimensions, seed, ...places } = readArguments<typeof SHAPE.options>(SHAPE, args).values
    await trainStatic({
      ...places,
      dimensions: readNumber('--dimensions', dimensions, { least: 1, whole: true }),
      seed: readNumber('--seed', seed, { least: 0, most: 2 ** 31 }),
    })
    return 0
  },
})
