import { KafkaFlood } from './kafka-flood.js';
import { post, sendAt, type Target } from './sending.js';

/* The noisy tenant, as a process of its own: arguments are the target as JSON, points per second and partitions. */

const [json = '{}', rate = '0', partitions = '1'] = process.argv.slice(2);
const target = JSON.parse(json) as Target;
const most = Number(partitions);

/** Bodies are put together as text: the noise shares the machine with those whose times are measured. */
class HttpFlood {
  refused = 0;
  readonly #run = Date.now().toString(36);

  constructor(private readonly gateway: NonNullable<Target['gateway']>) {}

  async send(from: number, count: number, now: number): Promise<void> {
    const start = `{"tenantId":"noisy","timestamp":${now},"value":1,"metric":"m`;
    const points = Array.from(
      { length: count },
      (_, i) => `${start}${Math.floor((from + i) / 50) % most}","id":"${this.#run}-${from + i}"}`,
    );
    try {
      await post(this.gateway, `[${points.join()}]`);
    } catch {
      this.refused += 1;
    }
  }

  async close(): Promise<void> {}
}

const noise = target.gateway === null ? await KafkaFlood.open(target, most) : new HttpFlood(target.gateway);
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());
process.stdout.write('sending\n');
const pace = { rate: Number(rate), everyMs: 20, atOnce: 100 };
const sent = await sendAt(pace, async (...which) => await noise.send(...which), stopping.signal);
await noise.close();
process.stdout.write(`sent ${sent} refused ${noise.refused}\n`);
