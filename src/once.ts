/** Asks once, and gives everybody the same answer; a failure is forgotten, so that the next caller asks again. */
export function once<T>(ask: () => Promise<T>): () => Promise<T> {
  const answers = onceEach<undefined, T>(ask)
  return () => answers(undefined)
}

/** The same for each key. Keys should be few: answers are kept for good. */
export function onceEach<Key, T>(ask: (key: Key) => Promise<T>): (key: Key) => Promise<T> {
  const answers = new Map<Key, Promise<T>>()
  return (key) => {
    const known = answers.get(key)
    if (known) return known
    const answer = ask(key)
    answers.set(key, answer)
    answer.catch(() => {
      if (answers.get(key) === answer) answers.delete(key)
    })
    return answer
  }
}
