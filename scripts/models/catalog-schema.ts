import { toJsonSchema } from '@valibot/to-json-schema'
import { catalogSchema } from '../../src/models/catalog/manifest-file.ts'

/**
 * The JSON Schema of catalog files, made of what the program itself checks them by. Ignored is what such a schema says
 * anyway: that a list is no object.
 */
export function catalogSchemaDocument(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = toJsonSchema(catalogSchema, { errorMode: 'ignore', typeMode: 'output' })
  return {
    $schema,
    title: 'Catalog of models',
    description:
      'What MODEL_CATALOG and npm run models -- --catalog read: what the words mean is in docs/own-models.md.',
    ...schema,
  }
}
