/** One sample of a scrape. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/;
const LABEL = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', '"': '"', '\\': '\\' };

/**
 * Reads Prometheus' text format (version 0.0.4): comments and lines that are no samples are left
 * out; `+Inf`, `-Inf` and `NaN` are numbers as JavaScript has them.
 */
export function parsePrometheusText(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    const match = line.startsWith('#') ? null : LINE.exec(line.trim());
    if (match === null) continue;
    const [, name = '', labelText = '', valueText = ''] = match;
    const value = numberOf(valueText);
    if (value !== null) samples.push({ name, labels: labelsOf(labelText), value });
  }
  return samples;
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(LABEL))
    if (name !== undefined && value !== undefined)
      labels[name] = value.replace(/\\(.)/g, (whole, escaped: string) => ESCAPES[escaped] ?? whole);
  return labels;
}

function numberOf(text: string): number | null {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  if (text === 'NaN') return Number.NaN;
  const value = Number(text);
  return text === '' || Number.isNaN(value) ? null : value;
}

/** Sum of the samples of a metric whose labels are those given; 0 if there is none. */
export function sumOf(samples: readonly Sample[], name: string, labels: Record<string, string> = {}): number {
  return valuesOf(samples, name, labels).reduce(
    (sum, value) => sum + (Number.isFinite(value) ? value : 0),
    0,
  );
}

/** Highest sample of a metric whose labels are those given, or null if there is none. */
export function maxOf(
  samples: readonly Sample[],
  name: string,
  labels: Record<string, string> = {},
): number | null {
  const values = valuesOf(samples, name, labels).filter(Number.isFinite);
  return values.length === 0 ? null : Math.max(...values);
}

/** Lowest sample of a metric, or null if there is none. */
export function minOf(samples: readonly Sample[], name: string): number | null {
  const values = valuesOf(samples, name, {}).filter(Number.isFinite);
  return values.length === 0 ? null : Math.min(...values);
}

function valuesOf(samples: readonly Sample[], name: string, labels: Record<string, string>): number[] {
  return samplesOf(samples, name, labels).map(({ value }) => value);
}

/** The samples of a metric whose labels include those given. */
export function samplesOf(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>>,
): Sample[] {
  const wanted = Object.entries(labels);
  return samples.filter(
    (s) => s.name === name && wanted.every(([label, value]) => s.labels[label] === value),
  );
}
