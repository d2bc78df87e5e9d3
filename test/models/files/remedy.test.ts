import { expect, test } from 'vitest'
import { remedyFor } from '../../../src/models/files/remedy.ts'

const pull = 'npm run models -- pull tiny'

test.each([
  ['this machine', ['directory models'], [pull], ['serverless', 'push']],
  ['a function', ['directory /opt/models'], [pull, 'layerModels=jobs-static,tiny'], ['push']],
  [
    'a function with a bucket',
    ['directory /opt/models', 's3://bucket/models'],
    [pull, 'npm run models -- push s3://bucket/models tiny'],
    ['serverless'],
  ],
])('a missing model of %s is brought by commands that reach its sources', (_, sources, said, unsaid) => {
  const remedy = remedyFor('tiny', sources)
  for (const part of said) expect(remedy).toContain(part)
  for (const part of unsaid) expect(remedy).not.toContain(part)
})
