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
  priorityClassName: 'high',
  podAnnotations: { 'example.com/note': 'true' },
  podLabels: { team: 'search', 'app.kubernetes.io/name': 'not-this' },
}

/** Every choice that the chart's templates make, each with all its branches. */
export const FACTORS: readonly Factor[] = [
  [
    { image: { digest: DIGEST } },
    { image: { tag: '1.2.3', pullPolicy: 'Always', pullSecrets: ['registry'] } },
  ],
  [
    {},
    { autoscaling: { enabled: false }, replicas: 1 },
    { autoscaling: { queueTime: { enabled: true } } },
    { autoscaling: { minReplicas: 1, maxReplicas: 1, targetCPUUtilizationPercentage: 50 } },
  ],
  [
    {},
    { models: { source: 'volume', volume: { claimName: 'models' } } },
    { models: { source: 'volume', volume: { claimName: 'models', subPath: 'a/b' }, default: 'fast' } },
    { models: { source: 'remote', remote: ['s3://bucket/models', 'https://mirror.example.com/models'] } },
    {
      models: {
        source: 'init',
        remote: ['hf:'],
        preload: ['fast', 'chinese'],
        hubEndpoint: 'https://hf-mirror.com',
        hubTokenSecret: 'hub',
        cacheMebibytes: 1000,
      },
    },
  ],
  [
    {},
    { auth: { existingSecret: 'tokens' } },
    { auth: { existingSecret: 'tokens', tokenKey: '', tokensKey: 'several' } },
    { auth: { existingSecret: 'tokens', tokenKey: 'one', tokensKey: 'several.txt' } },
  ],
  [
    {},
    { metrics: { enabled: false } },
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
    { podDisruptionBudget: { maxUnavailable: '25%' }, topologySpread: { keys: [] } },
  ],
  [
    {},
    { serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/x' } } },
    { serviceAccount: { create: false, name: 'existing' } },
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
      aws: { region: 'eu-west-1', existingSecret: 'aws' },
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
      files: { claimName: 'files', mebibytes: 500 },
    },
  ],
  [
    {},
    placing,
    {
      settings: {
        ACCESS_LOG: true,
        MAX_BODY_BYTES: 104857600,
        COLLECTIONS: 's3vectors://bucket/collections',
        CORS_ORIGINS: '*',
      },
      models: { aliases: { cheap: 'jobs-static', small: 'fast' } },
    },
  ],
  [{}, { fullnameOverride: 'embeddings' }, { nameOverride: 'vectors' }],
]
