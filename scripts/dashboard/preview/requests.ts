/** One request of a load. */
export interface Request {
  readonly door: 'embed' | 'match'
  readonly path: string
  readonly body: object
}

const TITLES = [
  ...['data engineer', 'registered nurse', 'train driver', 'pastry chef', 'tax adviser', 'welder'],
  ...['数据工程师', '注册护士', '列车司机', '糕点师', '税务顾问', '焊工', '小学老师', '软件测试工程师'],
]
const SKILLS = [
  'with ten years of practice',
  'night shifts',
  'team lead',
  '负责团队管理',
  '熟悉云计算',
  '夜班',
]

const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(Math.random() * items.length)]!
const text = (words: number) =>
  [pick(TITLES), ...Array.from({ length: words }, () => pick(SKILLS))].join(', ')
const texts = (most: number) =>
  Array.from({ length: 1 + Math.floor(Math.random() ** 3 * most) }, () => text(Math.floor(Math.random() * 4)))

/** Kinds of requests with their shares of a hundred; the mistakes are those that callers make. */
const KINDS: readonly (readonly [share: number, make: (models: readonly string[]) => Request])[] = [
  [70, () => embed({ input: texts(24) })],
  [5, (models) => embed({ input: texts(12), model: pick(models.slice(0, 2)) })],
  [3, (models) => embed({ input: text(60), model: models[0] })],
  [1, () => embed({ input: text(900) })],
  [12, () => match()],
  [3, () => embed({ input: texts(4), model: 'no-such-model' })],
  [2, () => embed({ input: '' })],
  [2, (models) => embed({ input: text(90), model: models[0], truncate: false })],
  [2, () => embed({ input: 'a', dimensions: 7 })],
]

/** A request drawn at random, of the kinds that a service sees. */
export function drawRequest(models: readonly string[]): Request {
  let left = Math.random() * 100
  for (const [share, make] of KINDS) {
    left -= share
    if (left < 0) return make(models)
  }
  return embed({ input: text(1) })
}

function embed(body: object): Request {
  return { door: 'embed', path: '/embed', body }
}

function match(): Request {
  const candidates = Array.from({ length: 12 }, (_, index) => ({ id: String(index), text: text(1) }))
  return { door: 'match', path: '/match', body: { query: { text: pick(TITLES) }, candidates } }
}
