/* How the options of the benches are read. */

/** The parts of a list with commas; empty for an empty text. */
export function list(text: string): string[] {
  return text.split(',').filter((part) => part !== '');
}

/** @throws Error unless the text of an option is a whole number from 1 */
export function count(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new Error(`--${name}: must be a whole number from 1, not "${text}"`);
  return Number(text);
}

/** @throws Error unless all parts of the list are whole numbers from 1 */
export function counts(name: string, text: string): number[] {
  return list(text).map((part) => count(name, part));
}

/** @throws Error unless it is a list of at least one whole number from 1 */
export function someCounts(name: string, text: string): number[] {
  const numbers = counts(name, text);
  if (numbers.length === 0) throw new Error(`--${name}: must name at least one number`);
  return numbers;
}
