import type { Context } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { Catalog } from '../../models/catalog/catalog.ts'
import type { Manifest } from '../../models/catalog/manifest.ts'
import { nativeDialect } from '../errors.ts'
import type { Call, Route } from '../route.ts'
import { modelDocumentation } from './documentation.ts'

/** What the reports of learned models are read and drawn by. */
export interface ReportParts {
  readonly catalog: Catalog
  /** The text of a report, its hash checked against the manifest. */
  readReport(manifest: Manifest, context: Context): Promise<string>
  /** The picture of a report, as SVG. */
  drawReport(report: object): string | Promise<string>
}

/**
 * A picture that a browser opens by its own address is a document: nothing in it may run, load or be taken for another
 * type.
 */
const PICTURE_HEADERS = {
  'content-type': 'image/svg+xml',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  'x-content-type-options': 'nosniff',
}

/**
 * Routes with what came of learning a model: the report and its picture. Files are found by the manifest alone; of what a
 * caller sends only the name of a model counts.
 */
export function reportRoutes({ catalog, readReport, drawReport }: ReportParts): Route[] {
  const reportOf = async ({ params, context }: Call) => {
    const manifest = catalog.resolve(params.model!)
    if (!manifest.learned?.report) throw notLearned(manifest.id)
    return parse(await readReport(manifest, context), manifest.id)
  }
  return [
    {
      method: 'GET',
      path: '/models/:model/report',
      dialect: nativeDialect,
      documentation: modelDocumentation['GET /models/:model/report']!,
      answer: async (_, call) => ({ body: await reportOf(call) }),
    },
    {
      method: 'GET',
      path: '/models/:model/report.svg',
      dialect: nativeDialect,
      documentation: modelDocumentation['GET /models/:model/report.svg']!,
      async answer(_, call) {
        const picture = await drawReport(await reportOf(call))
        return { body: new TextEncoder().encode(picture), headers: PICTURE_HEADERS }
      },
    },
  ]
}

function parse(text: string, model: string): object {
  const report: unknown = JSON.parse(text)
  if (typeof report === 'object' && report !== null && !Array.isArray(report)) return report
  throw new AppError(
    'artifact_corrupt',
    `The report of model ${model} is no object; learn the model again.`,
    {
      retryable: false,
      details: { model },
    },
  )
}

function notLearned(model: string): AppError {
  return new AppError(
    'unknown_model',
    `Model ${model} has no report: it was not learned from pairs here; GET /models says which ones were ("learned").`,
    { details: { field: 'model', model } },
  )
}
