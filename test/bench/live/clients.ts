import { WebSocket } from 'ws';
import { type BenchSeries, HOSTS, numberOf, wantedBy } from './series.js';

/*
 * The clients of the bench, in a process of their own: it is started with an IPC channel, connects when it is given an
 * address, and answers what it is asked.
 */

/** To the process. */
export type Ask =
  | { readonly do: 'connect'; readonly url: string; readonly token: string; readonly clients: number }
  /** Forgets what was measured so far. */
  | { readonly do: 'reset' }
  /** @param newest value of each series, by its number */
  | { readonly do: 'compare'; readonly newest: readonly number[] }
  | { readonly do: 'end' };

/** Its answer. */
export interface Told {
  readonly connected: number;
  readonly closed: number;
  readonly messages: number;
  readonly updates: number;
  /** Clients that were sent last that what they have is stale, and those that were sent that it is not any more. */
  readonly stale: number;
  readonly live: number;
  /** Updates older than one that the client had of the series. */
  readonly stepsBack: number;
  /** Series of clients whose newest value the client does not have. */
  readonly wrong: number;
  /** From the point's timestamp to the client, of the updates that came. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Of this process since it was reset. */
  readonly cpuMs: number;
}

const MAX_MS = 60_000;
/** Connections that are opened at once. */
const AT_ONCE = 100;

type Status = 'stale' | 'live';

const newestOf: Float64Array[] = [];
/** What each client was sent last of its kind. */
const statuses: Status[] = [];
const latencies = new Uint32Array(MAX_MS + 1);
let cpuAtReset = process.cpuUsage();
const counts = { connected: 0, closed: 0, messages: 0, updates: 0, stepsBack: 0 };

process.on('message', (ask: Ask) => void answer(ask));

async function answer(ask: Ask): Promise<void> {
  if (ask.do === 'end') process.exit(0);
  if (ask.do === 'connect') await connectAll(ask);
  if (ask.do === 'reset') {
    latencies.fill(0);
    cpuAtReset = process.cpuUsage();
    counts.messages = 0;
    counts.updates = 0;
  }
  const wrong = ask.do === 'compare' ? wrongOf(ask.newest) : 0;
  const { user, system } = process.cpuUsage(cpuAtReset);
  const times = {
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    maxMs: quantile(1),
    cpuMs: (user + system) / 1_000,
  };
  const ofStatus = (wanted: Status) => statuses.filter((status) => status === wanted).length;
  const told: Told = { ...counts, stale: ofStatus('stale'), live: ofStatus('live'), wrong, ...times };
  process.send?.(told);
}

async function connectAll({ url, token, clients }: Extract<Ask, { do: 'connect' }>): Promise<void> {
  let next = 0;
  const some = async () => {
    while (next < clients) await connect(url, token, next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, some));
}

/** Resolves when the subscription is confirmed. */
function connect(url: string, token: string, client: number): Promise<void> {
  const { first, subscription } = wantedBy(client);
  const newest = new Float64Array(HOSTS).fill(-1);
  newestOf[client] = newest;
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, ['tactus', `tactus.bearer.${token}`], { perMessageDeflate: false });
    socket.on('open', () => {
      counts.connected += 1;
      socket.send(JSON.stringify(subscription));
    });
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString('latin1')) as {
        type: string;
        staleSince: string | null;
        updates: (BenchSeries & { timestamp: string; value: number })[];
      };
      if (message.type === 'subscribed') resolve();
      if (message.type === 'error') reject(new Error(data.toString('utf8')));
      if (message.type === 'status') statuses[client] = message.staleSince === null ? 'live' : 'stale';
      if (message.type !== 'metric_update') return;
      const now = Date.now();
      counts.messages += 1;
      for (const { metric, tags, timestamp, value } of message.updates) {
        const at = numberOf(metric, tags) - first;
        if (value < (newest[at] ?? Number.POSITIVE_INFINITY)) counts.stepsBack += 1;
        newest[at] = value;
        counts.updates += 1;
        const latency = Math.max(0, Math.min(MAX_MS, now - Date.parse(timestamp)));
        latencies[latency] = (latencies[latency] ?? 0) + 1;
      }
    });
    socket.on('error', reject);
    socket.on('close', () => {
      counts.closed += 1;
    });
  });
}

function wrongOf(values: readonly number[]): number {
  let wrong = 0;
  newestOf.forEach((newest, client) => {
    const { first } = wantedBy(client);
    for (let i = 0; i < HOSTS; i++) if (newest[i] !== values[first + i]) wrong += 1;
  });
  return wrong;
}

function quantile(share: number): number {
  const wanted = Math.ceil(latencies.reduce((sum, each) => sum + each, 0) * share);
  let seen = 0;
  for (let ms = 0; ms <= MAX_MS; ms++) {
    seen += latencies[ms] ?? 0;
    if (seen >= wanted) return ms;
  }
  return MAX_MS;
}
