import { describeDatabaseDoors } from '../support/describe-database-doors.ts'
import { absent, startPostgres } from './server.ts'

const open = async () => {
  const { place, password, stop } = await startPostgres()
  return { place: place(), password, stop }
}

describeDatabaseDoors('PostgreSQL', open, absent)
