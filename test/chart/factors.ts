import { provenReport } from '../support/judge-report.ts'
import type { Factor } from './pairs.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`
const QUEUE = 'https://sqs.eu-west-1.amazonaws.com/123456789012/files'
const peers = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress' } } }]
const placing = {
  nodeSelector: { 'kubernetes.io/arch': 'arm64' },
  tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'embeddings', effect: 'NoSchedule' }],
  affinity: {
    nodeAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 1,
          preference: {
            matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'In', values: ['arm64'] }],
          },
        },
      ],
    },
  },
  priorityClassName: '10',
  podAnnotations: { 'example.com/note': 'true' },
  podLabels: { team: 'true', cost: '0123', empty: '', 'app.kubernetes.io/name': 'not-this' },
}

/** Every choice that the chart's templates make, each with all its branches. */
export const FACTORS: readonly Factor[] = [
  [
    { image: { digest: DIGEST } },
    { image: { tag: '1.2.3', pullPolicy: 'Always', pullSecrets: ['registry', '1e3'] } },
  ],
  [
    {},
    { autoscaling: { enabled: false }, replicas: 1 },
    { autoscaling: { minReplicas: 1, maxReplicas: 1, targetCPUUtilizationPercentage: 50 } },
  ],
  [
    {},
    { models: { source: 'volume', volume: { claimName: '0123' } } },
    { models: { source: 'volume', volume: { claimName: 'models', subPath: 'a/b' }, default: 'fast' } },
    { models: { source: 'remote', remote: ['s3://bucket/models', 'https://mirror.example.com/models'] } },
    {
      models: {
        source: 'init',
        remote: ['hf:'],
        preload: ['fast', 'chinese'],
        hubEndpoint: 'https://hf-mirror.com',
        hubTokenSecret: '1e3',
        hubTokenKey: '-',
        cacheMebibytes: 1000,
      },
    },
  ],
  [
    {},
    { generate: { enabled: true } },
    {
      generate: {
        enabled: true,
        judge: 'someone/judge',
        judgeReport: provenReport(),
        remote: { endpoint: 'http://llm.models:8000/v1' },
      },
      settings: { GENERATE_ENDPOINT_ALLOW: 'http://llm.models:8000' },
    },
    {
      generate: {
        enabled: true,
        remote: {
          endpoint: 'https://api.example.com/v1',
          models: ['openai/gpt-oss-20b', '0123'],
          keySecret: '1e3',
          keyKey: 'null',
        },
      },
    },
  ],
  [
    {},
    { auth: { existingSecret: '123', tokenKey: 'null' } },
    { auth: { existingSecret: 'tokens', tokenKey: '', tokensKey: 'several' } },
    { auth: { existingSecret: 'tokens', tokenKey: 'one', tokensKey: 'several.txt' } },
  ],
  [
    {},
    { metrics: { enabled: false } },
    { autoscaling: { queueTime: { enabled: true } } },
    { metrics: { port: 9100, serviceMonitor: { enabled: true, labels: { release: 'prometheus' } } } },
  ],
  [
    {},
    { networkPolicy: { enabled: false } },
    { networkPolicy: { from: peers, metricsFrom: peers, extraEgress: [{ ports: [{ port: 9000 }] }] } },
  ],
  [
    {},
    { podDisruptionBudget: { enabled: false } },
    { podDisruptionBudget: { maxUnavailable: '25%' }, topologySpread: { keys: ['null'] } },
  ],
  [
    {},
    { serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/x' } } },
    { serviceAccount: { create: false, name: 'true' } },
    { serviceAccount: { create: false } },
  ],
  [
    {},
    { queueWorker: { enabled: true, queueUrl: QUEUE } },
    {
      queueWorker: { enabled: true, queueUrl: QUEUE, keda: { enabled: true } },
      aws: { region: 'eu-west-1' },
    },
    {
      queueWorker: { enabled: true, queueUrl: QUEUE, keda: { enabled: true, identity: 'secret' } },
      aws: { region: 'eu-west-1', existingSecret: '0x1f' },
    },
  ],
  [{}, { service: { type: 'LoadBalancer', port: 8080, annotations: { 'example.com/internal': 'true' } } }],
  [
    {},
    {
      basePath: '/embeddings',
      graceSeconds: 90,
      drainSeconds: 20,
      threads: 2,
      files: { claimName: '1', mebibytes: 500 },
    },
  ],
  [
    {},
    placing,
    {
      settings: {
        ACCESS_LOG: true,
        MAX_BODY_BYTES: 104857600,
        CORS_ORIGINS: '*',
        JUDGE_WEIGHT: 0.25,
        SKILL_SYNONYMS: 'a "b"\n中文: \'c\' #',
      },
      models: { aliases: { cheap: 'jobs-static', small: 'fast' } },
    },
  ],
  [
    {},
    { settings: { COLLECTIONS: 's3vectors://bucket/collections' } },
    { settings: { COLLECTIONS: 'postgres://me@db.example:5433/people' } },
    {
      secretSettings: {
        COLLECTIONS: { secret: 'people', key: 'address' },
        COLLECTIONS_PASSWORD: { secret: 'people', key: 'password' },
      },
      authorities: { configMap: 'rds' },
    },
  ],
  [{}, { fullnameOverride: 'null' }, { nameOverride: 'yes' }],
]
