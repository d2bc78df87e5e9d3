import type { HttpApp } from '../../src/http/app.ts'
import { createCatalog } from '../../src/models/catalog/catalog.ts'
import { createServices } from '../../src/services/services.ts'
import { fixtureManifests, openFixtures } from './fixtures.ts'
import { createAppOver } from './http.ts'

/** The HTTP interface over real small models, of which one is called by the names that recorded requests have. */
export function createRealApp(overrides: Readonly<Record<string, string>> = {}): HttpApp {
  const engine = openFixtures()
  const catalog = createCatalog(fixtureManifests, { overrides })
  const services = createServices({ catalog, engine, defaultModel: 'bert-float32' })
  return createAppOver(engine, { ...services, catalog, defaultModel: 'bert-float32' })
}
