/** What comes from elsewhere, until it is read. */
interface Inbox<Item> {
  push(item: Item): void
  /** Nothing more comes; what came is read first. Only the first call counts. */
  end(error?: Error): void
  /** Everything in order, to the end. Read it once. */
  items(): AsyncGenerator<Item, void, undefined>
}

/** An inbox that keeps everything; who fills it bounds it. */
export function createInbox<Item>(): Inbox<Item> {
  const waiting: Item[] = []
  let over: { readonly error: Error | undefined } | undefined
  let wake: () => void = () => {}
  return {
    push(item) {
      if (over) return
      waiting.push(item)
      wake()
    },
    end(error) {
      over ??= { error }
      wake()
    },
    async *items() {
      for (;;) {
        const item = waiting.shift()
        if (item !== undefined) yield item
        else if (over?.error) throw over.error
        else if (over) return
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}
