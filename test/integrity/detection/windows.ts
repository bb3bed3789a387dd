import type { Message } from 'kafkajs';
import { loadSchemas, recordSchema } from '../../../shared/catalog/schemas.js';
import type { PlainClient } from '../../support/plain-client.js';
import { between, type Random } from '../random.js';

/*
 * Windows as windowing would emit them, of series whose event time runs as fast as they are made:
 * nothing that is learnt from them depends on when faults hit.
 */

export const WINDOW = '10s';
const SIZE_MS = 10_000;
const MONTH_MS = 30 * 86_400_000;
const TENANTS = ['acme', 'bolt', 'cara', 'dune'];
const METRICS = ['cpu', 'load', 'queue'];
const HOSTS = 8;

/** A series goes on as it is with these odds of a change at each window. */
const BECOMES_HOT = 0.02;
const COOLS_DOWN = 0.2;
const SPIKE = 0.004;

interface Series {
  readonly tenantId: string;
  readonly metric: string;
  readonly host: string;
  readonly partition: number;
  start: number;
  hot: boolean;
}

export type MakeMessages = (count: number) => Message[];

/** Makes messages for `windows`: calm noise, hot phases of some windows, single spikes. */
export async function windowMessages(
  client: PlainClient,
  random: Random,
  partitions: number,
): Promise<MakeMessages> {
  const encode = await client.encoder('windows', recordSchema(loadSchemas(), 'WindowAggregate').schema);
  const first = Math.floor((Date.now() - MONTH_MS) / SIZE_MS) * SIZE_MS;
  const all: Series[] = TENANTS.flatMap((tenantId) =>
    METRICS.map((metric) => ({ tenantId, metric })),
  ).flatMap((key, i) =>
    Array.from({ length: HOSTS }, (_, host) => ({
      ...key,
      host: `h${host}`,
      partition: i % partitions,
      start: first,
      hot: false,
    })),
  );
  let next = 0;
  return (count) =>
    Array.from({ length: count }, () => {
      const series = all[next++ % all.length] as Series;
      const value = encode(windowOf(series, meanOf(series, random)));
      series.start += SIZE_MS;
      return { key: `${series.tenantId}|${series.metric}`, value, partition: series.partition };
    });
}

function meanOf(series: Series, random: Random): number {
  series.hot = series.hot ? random() >= COOLS_DOWN : random() < BECOMES_HOT;
  const noise = between(random, -1, 1) + between(random, -1, 1) + between(random, -1, 1);
  if (random() < SPIKE) return between(random, 150, 400);
  return (series.hot ? 90 : 40) + 2 * noise;
}

function windowOf({ tenantId, metric, host, start }: Series, mean: number) {
  const end = start + SIZE_MS;
  const figures = { count: 10, sum: mean * 10, min: mean - 1, max: mean + 1, mean, stddev: 0.5 };
  return {
    ...{ tenantId, metric, tags: { host }, window: WINDOW, start, end },
    ...{ ...figures, first: mean, last: mean, quantiles: null },
    ...{ watermark: end, emittedAt: end },
  };
}
