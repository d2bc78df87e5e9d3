/** Either kind of words within so many characters of the other in a sentence; bounded, so that time is in proportion to the text. */
export function near(one: string, other: string, gap: number): RegExp {
  return new RegExp(`${one}[^.!?;。]{0,${gap}}${other}|${other}[^.!?;。]{0,${gap}}${one}`)
}
