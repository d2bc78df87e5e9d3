import { absent, startPostgres } from '../../scripts/servers/postgres-server.ts'
import { describeDatabaseDoors } from '../support/describe-database-doors.ts'

const open = async () => {
  const { place, password, stop } = await startPostgres()
  return { place: place(), engine: 'pgvector' as const, password, stop }
}

describeDatabaseDoors('PostgreSQL', open, absent)
