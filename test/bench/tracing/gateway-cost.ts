import { Agent } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { HeadSampler } from '../../../services/gateway/tracing/head-sampler.js';
import { RequestTraces } from '../../../services/gateway/tracing/request-traces.js';
import { loadConfig } from '../../../shared/config/load.js';
import { type Clock, systemClock } from '../../../shared/core/clock.js';
import type { Tracing } from '../../../shared/ports/tracing.js';
import { LocalGateway } from '../../support/local-gateway.js';
import { cpuMs, type Pair } from './cpu-time.js';

const ROUNDS = 12;
const WARM_UP_ROUNDS = 2;
/** Parts of a round, in each of which both are sent to. */
const PARTS = 20;
const PART_REQUESTS = 100;
const CONNECTIONS = 10;
const POINTS = 100;
const EXPORTED_MS = 1_200;

/** Requests with points in JSON to two gateways in turn, of which one traces one of a hundred; their senders are in it. */
export async function gatewayCost(open: (clock: Clock) => Tracing): Promise<Pair[]> {
  const tracing = open(systemClock);
  const sampler = new HeadSampler({ ...loadConfig({}).tracing, random: Math.random });
  const plain = await LocalGateway.start();
  const traced = await LocalGateway.start({}, new RequestTraces(tracing, sampler));
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const body = JSON.stringify(
    Array.from({ length: POINTS }, (_, i) => ({
      ...{ metric: `orders_${i % 10}`, value: i * 1.5 },
      tags: { host: `host-${i}`, region: 'eu', service: 'shop/api' },
    })),
  );
  const send = async (gateway: LocalGateway) => {
    const sender = async (connection: number) => {
      for (let i = connection; i < PART_REQUESTS; i += CONNECTIONS)
        await gateway.post('/api/v1/metrics', body, {}, agent);
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, (_, i) => sender(i)));
    gateway.records.length = 0;
  };
  const pairs: Pair[] = [];
  try {
    for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
      let [plainMs, tracedMs] = [0, 0];
      const without = async () => {
        plainMs += await cpuMs(() => send(plain));
      };
      for (let part = 0; part < PARTS; part++) {
        if (part % 2 === 0) await without();
        tracedMs += await cpuMs(() => send(traced));
        if (part % 2 === 1) await without();
      }
      tracedMs += await cpuMs(exported);
      // A process that waits is not quite idle.
      plainMs += await cpuMs(exported);
      if (round >= WARM_UP_ROUNDS) pairs.push({ plainMs, tracedMs });
    }
    return pairs;
  } finally {
    agent.destroy();
    await Promise.all([plain.stop(), traced.stop(), tracing.close()]);
  }
}

/** While all spans of a round are exported. */
async function exported(): Promise<void> {
  await setTimeout(EXPORTED_MS);
}
