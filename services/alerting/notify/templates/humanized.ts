/** With a prefix of the unit: `1.235M`. */
export function scaled(value: number, step: number, units: readonly string[]): string {
  let rest = value;
  let unit = 0;
  for (; Math.abs(rest) >= step && unit < units.length - 1; unit += 1) rest /= step;
  return `${significant(rest)}${units[unit]}`;
}

export function significant(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** `1d 2h 3m 4s`. */
export function durationText(value: number): string {
  if (Math.abs(value) < 1) return value === 0 ? '0s' : `${significant(value * 1_000)}ms`;
  let seconds = Math.floor(Math.abs(value));
  const parts: string[] = [];
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    const amount = Math.floor(seconds / size);
    seconds -= amount * size;
    if (amount > 0 || parts.length > 0 || unit === 's') parts.push(`${amount}${unit}`);
  }
  return `${value < 0 ? '-' : ''}${parts.join(' ')}`;
}
