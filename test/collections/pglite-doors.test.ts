import { describeDatabaseDoors } from '../support/describe-database-doors.ts'
import { startPglite } from '../support/pglite-server.ts'

describeDatabaseDoors('PostgreSQL as WebAssembly', async () => ({
  ...(await startPglite()),
  engine: 'pgvector',
}))
