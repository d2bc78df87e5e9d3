/**
 * Installs what `npm run test:aws` runs a packaged template with into `.cache/aws`: moto with its interpreter of state
 * machines, cfn-lint and checkov, from PyPI. checkov holds boto3 at a version from before S3 Vectors, so that moto is in
 * `.cache/aws-vectors` a second time, with a newer one. Does nothing when they are there, and says so and ends well where
 * they are not to be had: the tests are skipped then.
 */
// Before anything else: --help installs nothing.
import './help.mjs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installRequirements } from './python.mjs'

const PYTHONS = ['3.11', '3.12', '3.13']

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const ENVIRONMENTS = [
  ['aws', 'requirements.txt', 'moto, cfn-lint and checkov for the test of the template, some 500 MB'],
  ['aws-vectors', 'vectors-requirements.txt', 'moto for the test of S3 Vectors, some 250 MB'],
]

for (const [name, file, what] of ENVIRONMENTS) {
  installRequirements({
    requirements: join(root, 'test', 'aws', file),
    folder: join(root, '.cache', name),
    pythons: PYTHONS,
    installing: what,
    skipped: `there is no ${what}, and the test is skipped`,
  })
}
