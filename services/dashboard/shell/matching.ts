/** Those whose names have the letters of a text in their order, the closest first. */
export function matching<T>(text: string, all: readonly T[], nameOf: (one: T) => string): T[] {
  const wanted = text.toLowerCase().replaceAll(/\s+/g, '');
  if (wanted === '') return [...all];
  return all
    .map((one, index) => ({ one, index, distance: distanceOf(wanted, nameOf(one).toLowerCase()) }))
    .filter(({ distance }) => distance !== null)
    .sort((a, b) => (a.distance as number) - (b.distance as number) || a.index - b.index)
    .map(({ one }) => one);
}

/** How many letters lie between those that are wanted, more where they begin late; null where one is missing. */
function distanceOf(wanted: string, name: string): number | null {
  const whole = name.indexOf(wanted);
  if (whole >= 0) return whole / name.length;
  let at = -1;
  let distance = 1;
  for (const letter of wanted) {
    const next = name.indexOf(letter, at + 1);
    if (next < 0) return null;
    distance += next - at;
    at = next;
  }
  return distance;
}
