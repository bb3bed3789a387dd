/*
 * Times and figures as people read them. Pure: the zone is a parameter, and the components that show times hand in the chosen one.
 */

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${name}`;
  const known = formats.get(key) ?? new Intl.DateTimeFormat('en-GB', { timeZone: zone, ...options });
  formats.set(key, known);
  return known;
}

/** `14:05:09`. */
export function clockText(at: number, zone: string): string {
  return format(zone, 'clock', { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(at);
}

/** `14:05`. */
export function timeText(at: number, zone: string): string {
  return format(zone, 'time', { hour: '2-digit', minute: '2-digit' }).format(at);
}

/** `27 Nov 2026, 14:05:09`. */
export function momentText(at: number, zone: string): string {
  return format(zone, 'moment', {
    ...{ day: 'numeric', month: 'short', year: 'numeric' },
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit' },
  }).format(at);
}

/** `27 Nov`. */
export function dayText(at: number, zone: string): string {
  return format(zone, 'day', { day: 'numeric', month: 'short' }).format(at);
}

/** `27 Nov, 14:05`. */
export function minuteText(at: number, zone: string): string {
  return format(zone, 'minute', {
    ...{ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
  }).format(at);
}

const STEPS = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;
const DIGITS = 4;

/** `1.234`, `12.3k`, `4.56M`: four digits at most, for axes and tiles. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  const [by, letter] = STEPS.find(([step]) => size >= step * 10) ?? [1, ''];
  const scaled = value / by;
  if (Number.isInteger(scaled) && Math.abs(scaled) < 10_000) return `${scaled}${letter}`;
  if (Math.abs(scaled) < 0.001 && scaled !== 0) return value.toExponential(2);
  return `${Number(scaled.toPrecision(DIGITS))}${letter}`;
}

/** `1,234,567`: all of a count. */
export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : value.toLocaleString('en-GB');
}

/** `99.98 %`, never rounded up to 100. */
export function share(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (value === 1) return '100 %';
  const percent = value * 100;
  return `${(Math.floor(percent * 100) / 100).toFixed(percent >= 10 ? 2 : 1)} %`;
}
