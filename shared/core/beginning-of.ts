/** At most so many characters (UTF-16 units, as services count), and no half of one: some refuse that for good. */
export function beginningOf(text: string, most: number): string {
  return text.slice(0, most).toWellFormed();
}
