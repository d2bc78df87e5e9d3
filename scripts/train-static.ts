/**
 * Trains the bundled model: `npm run train:static -- --data ../shared/data --out layers/models/jobs-static`.
 * The same options give the same bytes.
 */
import { parseArgs } from 'node:util'
import { trainStatic } from './train/static.ts'

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    out: { type: 'string', default: 'layers/models/jobs-static' },
    catalog: { type: 'string', default: 'src/models/catalog.json' },
    dimensions: { type: 'string', default: '256' },
    epochs: { type: 'string', default: '6' },
    seed: { type: 'string', default: '1' },
  },
})
await trainStatic({
  data: values.data,
  out: values.out,
  catalog: values.catalog,
  dimensions: Number(values.dimensions),
  epochs: Number(values.epochs),
  seed: Number(values.seed),
})
