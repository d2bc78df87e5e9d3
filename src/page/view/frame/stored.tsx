import { useCallback, useEffect, useState } from 'preact/hooks'

/** Before every key of this page in the browser's storage of one tab. */
const PREFIX = 'page:'
/** The keys that the button "clear" empties, with those who want to hear of it. */
const listeners = new Map<string, Set<() => void>>()
/** What could not be kept, since the browser keeps about 5 MB a page. */
const refused = new Set<string>()

/** A value that stays over a reload of the tab, and goes with it. Returns what `useState` returns. */
export function useStored<Value>(key: string, initial: Value): [Value, (value: Value) => void] {
  const [value, setValue] = useState<Value>(() => readStored(key) ?? initial)
  useEffect(() => {
    const reset = () => setValue(initial)
    const set = listeners.get(key) ?? new Set()
    listeners.set(key, set.add(reset))
    return () => void set.delete(reset)
  }, [key])
  const store = useCallback(
    (next: Value) => {
      setValue(next)
      keep(key, next)
    },
    [key],
  )
  return [value, store]
}

/** Empties every field of the page; the token and the language stay. */
export function clearStored(): void {
  for (let index = sessionStorage.length - 1; index >= 0; index--) {
    const key = sessionStorage.key(index)
    if (key?.startsWith(PREFIX)) sessionStorage.removeItem(key)
  }
  refused.clear()
  for (const set of listeners.values()) for (const reset of set) reset()
}

/** Whether a value is too large to be there after a reload. */
export function isRefused(key: string): boolean {
  return refused.has(key)
}

function keep(key: string, value: unknown): void {
  try {
    sessionStorage.setItem(PREFIX + key, JSON.stringify(value))
    refused.delete(key)
  } catch {
    sessionStorage.removeItem(PREFIX + key)
    refused.add(key)
  }
}

function readStored<Value>(key: string): Value | undefined {
  const text = sessionStorage.getItem(PREFIX + key)
  if (text === null) return undefined
  try {
    return JSON.parse(text) as Value
  } catch {
    return undefined
  }
}
