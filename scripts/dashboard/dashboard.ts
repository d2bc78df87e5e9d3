import { NAMESPACE } from '../../src/emf.ts'
import shipped from '../../src/models/catalog/catalog.json' with { type: 'json' }
import { alarmResources } from '../deploy/alarms.ts'
import type { Deployment, Resources } from '../deploy/deployment.ts'
import type { Parameters } from '../deploy/parameters.ts'
import { batchRows } from './batch.ts'
import { generateRows } from './generate.ts'
import { chosenModelRows, everyModelRows } from './models.ts'
import { ofApi, ofFunction, ofQueue, platformRows } from './platform.ts'
import { COLORS, FUNCTION_NAMES } from './series.ts'
import { type Choice, type Content, type DashboardBody, figure, filledIn, layOut, words } from './widgets.ts'

/** The dashboard of a stack, which speaks of its functions, API, queues and alarms. */
export function dashboardResources(deployment: Deployment): Resources {
  const { service, stage } = deployment
  return {
    Dashboard: {
      Type: 'AWS::CloudWatch::Dashboard',
      Properties: {
        DashboardName: `${service}-${stage}`,
        DashboardBody: { 'Fn::Sub': JSON.stringify(dashboardBody(deployment)) },
      },
    },
  }
}

/** The dashboard with names that CloudFormation fills in, such as `${EmbedLambdaFunction}`. */
export function dashboardBody(deployment: Deployment): DashboardBody {
  const model = modelOf(deployment.parameters)
  return {
    start: '-PT3H',
    periodOverride: 'auto',
    variables: choices(model),
    widgets: layOut([
      { height: 2, widgets: [words(introduction(deployment))] },
      { height: 3, widgets: [alarms(deployment)] },
      { height: 3, widgets: figures() },
      ...everyModelRows(),
      ...chosenModelRows(model),
      ...(deployment.parameters.generate ? generateRows() : []),
      ...platformRows(deployment),
      ...batchRows(),
    ]),
  }
}

/** The id of the default model, which may be given by an alias; metrics are written under ids. */
function modelOf({ defaultModel, modelAliases }: Parameters): string {
  const own = modelAliases?.map((pair) => pair.split('=')).find(([alias]) => alias === defaultModel)
  const name = own?.[1] ?? defaultModel
  return shipped.find(({ id, aliases }) => id === name || aliases.some((alias) => alias === name))?.id ?? name
}

function introduction({ service, stage }: Deployment): string {
  return `# ${service} · ${stage}
Texts to vectors and ranked matches. Every line of the functions' logs has a \`requestId\`: search for it to follow one request.`
}

function alarms(deployment: Deployment): Content {
  const ids = Object.entries(alarmResources(deployment)).flatMap(([id, { Type }]) =>
    Type === 'AWS::CloudWatch::Alarm' ? [filledIn(`${id}.Arn`)] : [],
  )
  return { type: 'alarm', properties: { title: 'Alarms', alarms: ids } }
}

function figures(): Content[] {
  const deadLetters = { label: 'files', color: COLORS.bad }
  return [
    figure('Requests', [ofApi('Count', { label: 'requests', color: COLORS.first })]),
    figure('Faults', [ofApi('5xx', { label: '5xx', color: COLORS.bad })]),
    figure('Median latency', [ofApi('Latency', { label: 'p50, ms', stat: 'p50', color: COLORS.second })]),
    figure('p99 latency', [ofApi('Latency', { label: 'p99, ms', stat: 'p99', color: COLORS.fourth })]),
    figure(
      'Instances',
      [ofFunction('ConcurrentExecutions', 'embed', { label: 'embed, at most', color: COLORS.total })],
      'Maximum',
    ),
    figure(
      'Dead letters',
      [ofQueue('ApproximateNumberOfMessagesVisible', 'BatchDeadLetters', deadLetters)],
      'Maximum',
    ),
  ]
}

function choices(model: string): Choice[] {
  const choice = (property: string, id: string, defaultValue: string): Choice => ({
    type: 'property',
    property,
    id,
    label: property,
    inputType: 'select',
    visible: true,
    ...{
      search: `{${NAMESPACE},Model,Function} MetricName="Requests"`,
      populateFrom: property,
      defaultValue,
    },
  })
  return [choice('Model', 'model', model), choice('Function', 'function', FUNCTION_NAMES.embed)]
}
