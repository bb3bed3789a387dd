/** With a prefix of the unit: `1.235M`. */
export function scaled(value: number, step: number, units: readonly string[]): string {
  let rest = value;
  let unit = 0;
  for (; Math.abs(rest) >= step && unit < units.length - 1; unit += 1) rest /= step;
  return `${significant(rest)}${units[unit]}`;
}

/** Of a number below 1: `1.235m`. */
export function scaledUp(value: number): string {
  if (value === 0) return '0';
  const units = ['', 'm', 'u', 'n', 'p', 'f', 'a', 'z', 'y'];
  let rest = value;
  let unit = 0;
  for (; Math.abs(rest) < 1 && unit < units.length - 1; unit += 1) rest *= 1_000;
  return `${significant(rest)}${units[unit]}`;
}

export function significant(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** `1d 2h 3m 4s`; of less than a minute also the fraction, as Prometheus has it. */
export function durationText(value: number): string {
  if (Math.abs(value) < 1) return `${scaledUp(value)}s`;
  if (Math.abs(value) < 60) return `${significant(value)}s`;
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
