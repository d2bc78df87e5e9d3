/** What a time is counted in. */
export type TimeUnit = 'ms' | 'us' | 'ns'

const DECIMALS: Readonly<Record<TimeUnit, number>> = { ms: 3, us: 6, ns: 9 }
const SECONDS_PER_DAY = 86_400n

/** A date from the days since 1970-01-01, of the calendar that is in use today, whatever the year: `2024-02-29`. */
export function dateText(days: bigint): string {
  // Years that begin in March, in spans of 400 years, of 146,097 days each: https://howardhinnant.github.io/date_algorithms.html
  const shifted = days + 719_468n
  const era = floorDivide(shifted, 146_097n)
  const day = Number(shifted - era * 146_097n)
  const year = Math.floor(
    (day - Math.floor(day / 1460) + Math.floor(day / 36_524) - Math.floor(day / 146_096)) / 365,
  )
  const dayOfYear = day - (365 * year + Math.floor(year / 4) - Math.floor(year / 100))
  const march = Math.floor((5 * dayOfYear + 2) / 153)
  const dayOfMonth = dayOfYear - Math.floor((153 * march + 2) / 5) + 1
  const month = march < 10 ? march + 3 : march - 9
  const whole = era * 400n + BigInt(year + (month <= 2 ? 1 : 0))
  return `${yearText(whole)}-${pad(month)}-${pad(dayOfMonth)}`
}

/** A point in time, with as many decimals as its unit has, and `Z` where it is one of UTC: `2024-02-29T12:34:56.123Z`. */
export function timestampText(count: bigint, unit: TimeUnit, isUtc: boolean): string {
  const perDay = SECONDS_PER_DAY * 10n ** BigInt(DECIMALS[unit])
  const days = floorDivide(count, perDay)
  return `${dateText(days)}T${timeText(count - days * perDay, unit)}${isUtc ? 'Z' : ''}`
}

/** A time of day, with as many decimals as its unit has: `12:34:56.123456`. */
export function timeText(count: bigint, unit: TimeUnit): string {
  const perSecond = 10n ** BigInt(DECIMALS[unit])
  const seconds = floorDivide(count, perSecond)
  const decimals = String(count - seconds * perSecond).padStart(DECIMALS[unit], '0')
  const [hour, minute] = [seconds / 3600n, (seconds / 60n) % 60n]
  return `${pad(Number(hour))}:${pad(Number(minute))}:${pad(Number(seconds % 60n))}.${decimals}`
}

/** Years outside of 0 to 9999 have a sign, as ISO 8601 asks for. */
function yearText(year: bigint): string {
  if (year >= 0n && year <= 9999n) return String(year).padStart(4, '0')
  return `${year < 0n ? '-' : '+'}${String(year < 0n ? -year : year).padStart(6, '0')}`
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by
  return value % by < 0n ? quotient - 1n : quotient
}
