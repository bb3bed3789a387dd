import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Findings } from '../integrity/findings.js';
import { Senders } from '../integrity/gateway/senders.js';
import { verify } from '../integrity/gateway/verify.js';
import { Load } from '../integrity/load.js';
import { pick } from '../integrity/random.js';
import { readBytes } from '../integrity/read-topic.js';
import { readToTheEnd } from '../integrity/settle.js';
import type { Site } from '../integrity/site.js';
import { gatewayKeys, KEYS_SECRET, tactus } from '../support/gateway-keys.js';
import { ownPrefix } from '../support/own-prefix.js';
import { PlainClient } from '../support/plain-client.js';
import { pointOf } from '../support/point.js';
import type { Build } from './build.js';
import { type Fleet, fleetsOf } from './fleet.js';
import type { UpgradeOptions } from './options.js';
import type { Part } from './part.js';

const WORKERS = ['gateway', 'ingest'];
const TENANTS = ['acme', 'bolt'];
/** Items per second. */
const RATE = 200;
/** Nobody comes near it, but everybody is counted in Redis. */
const QUOTA = '1000000';
const LIMITED = 'limited';
const LIMIT = { perSecond: 100, burst: 2 };
/** Three times what it may. */
const FLOOD = 300;
/** Two builds that know nothing of one another let through twice the quota; hand-overs cost a little of it. */
const LET_THROUGH = { least: 0.8, most: 2.1 };

/** Whether the build has a gateway: the first version has none. */
export function hasGateway({ program }: Build): boolean {
  return existsSync(join(dirname(program), '..', 'gateway'));
}

/** Gateways and what they write to, with senders in every format. */
export class Gateways implements Part {
  readonly setUp = [
    ['topics', 'apply'],
    ['schemas', 'apply'],
  ];

  private constructor(
    private readonly site: Site,
    private readonly client: PlainClient,
    private readonly senders: Senders,
    readonly env: Readonly<Record<string, string>>,
    readonly fleets: readonly Fleet[],
    private readonly flood: Flood,
    private readonly findings: Findings,
  ) {}

  /** With keys that the old build has made. */
  static async prepare(
    site: Site,
    build: Build,
    { workers }: Pick<UpgradeOptions, 'workers'>,
    findings: Findings,
  ): Promise<Gateways> {
    const client = new PlainClient(site.stack.env, ownPrefix('gateway'));
    const env = {
      ...site.env(client.prefix),
      ...KEYS_SECRET,
      TACTUS_QUOTA_POINTS_PER_SECOND: QUOTA,
      TACTUS_QUOTA_INSTANCES: String(workers),
    };
    const old = await build.known(env);
    const keys = await gatewayKeys(old, TENANTS, build.program);
    const file = join(site.folder, 'tenants.yaml');
    const { perSecond, burst } = LIMIT;
    writeFileSync(
      file,
      `tenants:\n  - { id: ${LIMITED}, quotas: { pointsPerSecond: ${perSecond}, burst: ${burst} } }\n`,
    );
    await tactus(['tenants', 'apply', file], old, build.program);
    const fleets = await fleetsOf(WORKERS, site, build, env);
    const [gateways] = fleets as [Fleet];
    const port = () => {
      const running = [...gateways.old.running, ...gateways.new.running];
      const ports = running.flatMap(({ httpPort }) => httpPort ?? []);
      return ports.length === 0 ? undefined : pick(Math.random, ports);
    };
    // A gateway that ends does not answer any more, as one behind no balancer: whoever asks it has to ask again.
    const calm = { since: () => false };
    const senders = new Senders({ rate: RATE, keys, port, calm, findings });
    const flood = new Flood({ ...site, client, rate: FLOOD });
    return new Gateways(site, client, senders, env, fleets, flood, findings);
  }

  async begin(): Promise<void> {
    this.senders.start();
    await this.flood.start();
  }

  turnsTo(): void {}

  async settle(): Promise<string[]> {
    await Promise.all([this.senders.stop(), this.flood.stop()]);
    const ingest = this.fleets.find(({ worker }) => worker === 'ingest') as Fleet;
    await readToTheEnd(ingest.new, this.client, 'ingest', ['ingest.metrics', 'ingest.events']);
    return [];
  }

  async verify(): Promise<string[]> {
    const { senders, findings } = this;
    const lines = await verify(this.client, this.site.stack.env, senders.streams, findings);
    lines.push(await this.flood.verify(findings));
    return [`gateways: ${senders.sent} items acknowledged, ${senders.failures} attempts failed`, ...lines];
  }
}

/** A tenant that sends more than its quota straight to Kafka, to all partitions. */
class Flood {
  #load: Load | null = null;
  #from = 0;
  #to = 0;

  constructor(private readonly site: Site) {}

  async start(): Promise<void> {
    const encode = await this.site.client.encoder('ingest.metrics');
    let made = 0;
    this.#from = Date.now();
    this.#load = await Load.start(this.site, (count, timestamp) => ({
      'ingest.metrics': Array.from({ length: count }, () => {
        const id = String(made++);
        const metric = `m-${made % 16}`;
        const point = pointOf({
          tenantId: LIMITED,
          metric,
          tags: {},
          timestamp,
          value: 1,
          id,
          kind: 'gauge',
        });
        return { key: `${LIMITED}|${metric}`, value: encode(point) };
      }),
    }));
  }

  async stop(): Promise<void> {
    await this.#load?.stop();
    this.#to = Date.now();
  }

  async verify(findings: Findings): Promise<string> {
    const { client, stack } = this.site;
    let passed = 0;
    for await (const { key } of readBytes(client, stack.env, 'metrics'))
      if (key.startsWith(`${LIMITED}|`)) passed += 1;
    const share = passed / (((this.#to - this.#from) / 1_000) * LIMIT.perSecond);
    const line = `quota of ${LIMIT.perSecond} points/s: ${passed} let through of ${this.#load?.sent}, ${share.toFixed(2)} times the quota`;
    if (share < LET_THROUGH.least || share > LET_THROUGH.most) findings.add('quota', line);
    return line;
  }
}
