import { NAMESPACE } from '../../src/emf.ts'
import {
  alarmArn,
  alarmIds,
  alarmResources,
  initFailureFilters,
  type Resource,
  type Thresholds,
} from './alarms.ts'
import { chosenModelRows, everyModelRows } from './models.ts'
import { batchRows, ofApi, ofFunction, ofQueue, platformRows } from './platform.ts'
import { COLORS, FUNCTION_NAMES } from './series.ts'
import { type Choice, type Content, type DashboardBody, figure, layOut, words } from './widgets.ts'

/** What is watched. */
export interface Watched {
  readonly service: string
  readonly stage: string
  /** The id of the model whose charts are shown before another one is chosen. */
  readonly model: string
  /** The ARN of an SNS topic that hears of alarms. */
  readonly alarmTopic: string | null
  readonly thresholds?: Thresholds
}

/**
 * The dashboard, the alarms, and the filters that count failed starts, by logical id. Refers to the resources
 * HttpApi, EmbedLambdaFunction, EmbedLogGroup and so on of each function, BatchQueue and BatchDeadLetters.
 */
export function dashboardResources(watched: Watched): Record<string, Resource> {
  const { service, stage, alarmTopic, thresholds } = watched
  const stack = `${service}-${stage}`
  const initNamespace = initNamespaceOf(watched)
  return {
    Dashboard: {
      Type: 'AWS::CloudWatch::Dashboard',
      Properties: {
        DashboardName: stack,
        DashboardBody: { 'Fn::Sub': JSON.stringify(dashboardBody(watched)) },
      },
    },
    ...alarmResources(stack, initNamespace, alarmTopic, thresholds),
    ...initFailureFilters(initNamespace),
  }
}

/** The dashboard with names that CloudFormation fills in, such as `${EmbedLambdaFunction}`. */
export function dashboardBody(watched: Watched): DashboardBody {
  return {
    start: '-PT3H',
    periodOverride: 'auto',
    variables: choices(watched.model),
    widgets: layOut([
      { height: 2, widgets: [words(introduction(watched))] },
      { height: 4, widgets: [alarms()] },
      { height: 3, widgets: figures() },
      ...everyModelRows(),
      ...chosenModelRows(watched.model),
      ...platformRows(initNamespaceOf(watched)),
      ...batchRows(),
    ]),
  }
}

/** Stages of one account count their failed starts apart. */
function initNamespaceOf({ service, stage }: Watched): string {
  return `${NAMESPACE}/${service}-${stage}`
}

function introduction({ service, stage }: Watched): string {
  return `# ${service} · ${stage}
Texts to vectors and ranked matches. Every line of the functions' logs has a \`requestId\`; search for it to follow one request.`
}

function alarms(): Content {
  return { type: 'alarm', properties: { title: 'Alarms', alarms: alarmIds().map(alarmArn) } }
}

function figures(): Content[] {
  return [
    figure('Requests', [ofApi('Count', { label: 'requests', color: COLORS.first })]),
    figure('Faults', [ofApi('5xx', { label: '5xx', color: COLORS.bad })]),
    figure('Median latency', [ofApi('Latency', { label: 'p50', stat: 'p50', color: COLORS.second })]),
    figure('p99 latency', [ofApi('Latency', { label: 'p99', stat: 'p99', color: COLORS.fourth })]),
    figure(
      'Instances',
      [ofFunction('ConcurrentExecutions', 'embed', { label: 'embed', color: COLORS.total })],
      'Maximum',
    ),
    figure(
      'Dead letters',
      [
        ofQueue('ApproximateNumberOfMessagesVisible', 'BatchDeadLetters', {
          label: 'files',
          color: COLORS.bad,
        }),
      ],
      'Maximum',
    ),
  ]
}

function choices(model: string): Choice[] {
  const choice = (property: string, id: string, defaultValue: string): Choice => ({
    ...{ type: 'property', property, id, label: property, inputType: 'select', visible: true },
    ...{
      search: `{${NAMESPACE},Model,Function} MetricName="Requests"`,
      populateFrom: property,
      defaultValue,
    },
  })
  return [choice('Model', 'model', model), choice('Function', 'function', FUNCTION_NAMES.embed)]
}
