import { parseArgs } from 'node:util'
import { trainStatic } from './train/static.ts'

/** Usage, printed for --help. */
const USAGE = `npm run train:static -- [option …]
  trains the bundled model; the same options give the same bytes on the same processor
  --data ../shared/data              folder of the public data
  --models ../shared/models          folder of the teachers: bge-small-en-v1.5, all-MiniLM-L6-v2, bge-small-zh-v1.5
  --cache .cache/teachers            where the teachers' vectors are kept
  --out layers/models/jobs-static-2  where its files go
  --catalog src/models/catalog/catalog.json  where it is described
  --dimensions 256   --seed 1`

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    models: { type: 'string', default: '../shared/models' },
    cache: { type: 'string', default: '.cache/teachers' },
    out: { type: 'string', default: 'layers/models/jobs-static-2' },
    catalog: { type: 'string', default: 'src/models/catalog/catalog.json' },
    dimensions: { type: 'string', default: '256' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) console.log(USAGE)
else {
  const { dimensions, seed, help, ...places } = values
  await trainStatic({ ...places, dimensions: Number(dimensions), seed: Number(seed) })
}
