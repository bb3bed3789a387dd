import { parseArgs } from 'node:util';
import { count } from '../arguments.js';

export interface LiveBenchOptions {
  readonly clients: number;
  /** Points a second, over all series. */
  readonly rate: number;
  readonly seconds: number;
  /** The points of a client's series come one after the other, and not spread over the second. */
  readonly together: boolean;
  /** For so long the broker is away after the rest; null leaves it out. */
  readonly outageSeconds: number | null;
  readonly data: string | null;
  readonly nodeOptions: string;
}

export const LIVE_USAGE = `usage: npm run bench -- live [options]

  --clients N        WebSockets, each subscribed to 10 of 10,000 series (5000)
  --rate N           points a second over all series (10000)
  --seconds N        that are measured, after 5 to warm up (30)
  --together         the points of a client's series come one after the other, as of one scrape
  --outage N         in the end the broker is killed, and started again after N seconds
  --data DIR         keep servers' data there for the next run
  --node-options=S   options of node for the API alone, such as --node-options=--cpu-prof
`;

/** @throws Error naming the option, its value and what is allowed */
export function readLiveOptions(args: readonly string[]): LiveBenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      clients: { type: 'string', default: '5000' },
      rate: { type: 'string', default: '10000' },
      seconds: { type: 'string', default: '30' },
      together: { type: 'boolean', default: false },
      outage: { type: 'string' },
      data: { type: 'string' },
      'node-options': { type: 'string', default: '' },
    },
  });
  return {
    clients: count('clients', values.clients),
    rate: count('rate', values.rate),
    seconds: count('seconds', values.seconds),
    together: values.together,
    outageSeconds: values.outage === undefined ? null : count('outage', values.outage),
    data: values.data ?? null,
    nodeOptions: values['node-options'],
  };
}
