import { parseArgs } from 'node:util'
import { trainStatic } from './train/static.ts'

/** Usage, printed for --help. */
const USAGE = `npm run train:static -- [option …]
  trains the bundled model; the same options give the same bytes
  --data ../shared/data              folder of the public data
  --out layers/models/jobs-static    where its files go
  --catalog src/models/catalog/catalog.json  where it is described
  --dimensions 256   --epochs 6   --seed 1`

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    out: { type: 'string', default: 'layers/models/jobs-static' },
    catalog: { type: 'string', default: 'src/models/catalog/catalog.json' },
    dimensions: { type: 'string', default: '256' },
    epochs: { type: 'string', default: '6' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) console.log(USAGE)
else {
  const { dimensions, epochs, seed, ...places } = values
  await trainStatic({ ...places, dimensions: Number(dimensions), epochs: Number(epochs), seed: Number(seed) })
}
