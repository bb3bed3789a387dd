/* The series of the bench: 100 metrics, each of 10 groups of 10 hosts; a client wants one group of one metric. */

export const METRICS = 100;
export const GROUPS = 10;
export const HOSTS = 10;
export const SERIES = METRICS * GROUPS * HOSTS;
export const TENANT = 'bench';

export interface BenchSeries {
  readonly metric: string;
  readonly tags: { readonly group: string; readonly host: string };
}

export function seriesOf(number: number): BenchSeries {
  const host = number % HOSTS;
  const group = Math.floor(number / HOSTS) % GROUPS;
  return {
    metric: `bench.m${Math.floor(number / (HOSTS * GROUPS))}`,
    tags: { group: `g${group}`, host: `h${host}` },
  };
}

/** The number of a series by its metric and tags. */
export function numberOf(metric: string, { group, host }: BenchSeries['tags']): number {
  const digits = (text: string) => Number(text.replace(/\D/g, ''));
  return digits(metric) * HOSTS * GROUPS + digits(group) * HOSTS + digits(host);
}

/** What a client subscribes to, and the first of its series; the others follow it. */
export function wantedBy(client: number): { readonly first: number; readonly subscription: object } {
  const first = (client % (METRICS * GROUPS)) * HOSTS;
  const { metric, tags } = seriesOf(first);
  return {
    first,
    subscription: { type: 'subscribe', metric, tags: { group: tags.group }, kinds: ['metrics'] },
  };
}
