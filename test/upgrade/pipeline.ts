import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Message } from 'kafkajs';
import { IDLE_TIMEOUT_MS, windowsFile } from '../integrity/definitions.js';
import type { Findings } from '../integrity/findings.js';
import { Load } from '../integrity/load.js';
import { PointMaker, pointMessages } from '../integrity/points.js';
import { pick, type Random } from '../integrity/random.js';
import { partitionsOf } from '../integrity/read-topic.js';
import { readToTheEnd } from '../integrity/settle.js';
import type { Site } from '../integrity/site.js';
import { Book } from '../integrity/watermark/book.js';
import { allClosed } from '../integrity/windowing.js';
import type { Build } from './build.js';
import { type Fleet, fleetsOf, type Side } from './fleet.js';
import { Notifications } from './notifications.js';
import type { UpgradeOptions } from './options.js';
import type { Part } from './part.js';
import { DETECTION, RULES, type Verified, verifyStored, verifyTopics } from './verify.js';

const WORKERS = ['ingest', 'windowing', 'anomaly', 'alerting', 'sink', 'batch'];
/** Records that are of a sampled trace; nobody collects the spans. */
const TRACED = 0.02;
const HEX = [...'123456789abcdef'];
const TRACING = {
  TACTUS_TRACING: 'otlp',
  TACTUS_TRACING_MAX_SPANS_PER_SECOND: '1000',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
};

/** From points in `ingest.metrics` to rows, alerts and notifications. */
export class Pipeline implements Part {
  readonly setUp = [
    ['topics', 'apply'],
    ['schemas', 'apply'],
    ['db', 'migrate'],
  ];
  readonly #book = new Book();
  readonly #from = Date.now();
  #to = 0;
  #partitions: readonly number[] = [];
  #endOfOld: (at: number) => void = () => {};
  #sent: { readonly maker: PointMaker; readonly load: Load } | null = null;

  private constructor(
    private readonly site: Site,
    private readonly options: UpgradeOptions,
    private readonly random: Random,
    private readonly findings: Findings,
    readonly env: Readonly<Record<string, string>>,
    readonly fleets: readonly Fleet[],
    private readonly notifications: Notifications | null,
  ) {}

  static async prepare(
    site: Site,
    build: Build,
    options: UpgradeOptions,
    random: Random,
    findings: Findings,
  ): Promise<Pipeline> {
    const put = (name: string, text: string) => {
      const file = join(site.folder, name);
      writeFileSync(file, text);
      return file;
    };
    const env = {
      ...site.env(site.client.prefix),
      WINDOWS_FILE: put('windows.yaml', windowsFile()),
      RULES_FILE: put('rules.yaml', RULES),
      ...{ ...DETECTION, ...TRACING },
      TACTUS_IDLE_TIMEOUT_MS: String(IDLE_TIMEOUT_MS),
      TACTUS_REFRESH_INTERVAL_MS: '2000',
    };
    // The first version groups alerts in another way.
    const notifications = options.stopAll ? null : await Notifications.start();
    const ofWorkers = {
      ...env,
      ...(notifications !== null && {
        TACTUS_NOTIFICATIONS_FILE: put('notifications.yaml', notifications.file),
        TACTUS_ALERT_ALLOWED_NETWORKS: '127.0.0.0/8',
      }),
    };
    const fleets = await fleetsOf(WORKERS, site, build, ofWorkers);
    return new Pipeline(site, options, random, findings, env, fleets, notifications);
  }

  async begin(): Promise<void> {
    const { site, random, options } = this;
    this.#partitions = await partitionsOf(site.client, 'ingest.metrics');
    const maker = new PointMaker(random, this.#partitions.length, Date.now());
    maker.jumps = true;
    maker.onlyGauges = options.stopAll;
    const points = await pointMessages(site.client, maker, random, 'ingest.metrics');
    const load = await Load.start(site, (count, now) => ({
      'ingest.metrics': points(count, now).map((message) => this.#perhapsTraced(message)),
    }));
    this.#sent = { maker, load };
    if (options.stopAll) this.turnsTo('old');
  }

  /** By when a point is late the first version decides in another way, and it knows gauges only. */
  turnsTo(side: Side): void {
    if (side === 'old') this.#endOfOld = this.#book.hold(this.#partitions, Date.now());
    else this.#endOfOld(Date.now());
    if (this.#sent !== null) this.#sent.maker.onlyGauges = side === 'old' || this.options.back;
  }

  async settle(): Promise<string[]> {
    const { client } = this.site;
    this.#to = Date.now();
    await this.#sent?.load.stop();
    const pool = (name: string) => this.fleets.find(({ worker }) => worker === name)?.new as Fleet['new'];
    await readToTheEnd(pool('ingest'), client, 'ingest', ['ingest.metrics']);
    await allClosed(this.site);
    await readToTheEnd(pool('anomaly'), client, 'anomaly', ['windows']);
    await readToTheEnd(pool('alerting'), client, 'alerting', ['windows', 'anomalies']);
    // One alone would not count in Redis.
    await pool('ingest').start().ready();
    const lines = await verifyStored(this.#verified);
    return [`load: ${this.#sent?.load.sent} records, ${this.#sent?.load.failures} attempts failed`, ...lines];
  }

  async verify(): Promise<string[]> {
    await this.notifications?.stop();
    return await verifyTopics(this.#verified);
  }

  get #verified(): Verified {
    const { site, findings, env, notifications } = this;
    const { maker, load } = this.#sent as { maker: PointMaker; load: Load };
    return {
      ...{ site, findings, env, notifications, book: this.#book },
      ...{ made: maker.made, failures: load.failures, from: this.#from, changesEnd: this.#to },
      sameDetectors: !this.options.stopAll,
    };
  }

  #perhapsTraced(message: Message): Message {
    const { random } = this;
    if (random() >= TRACED) return message;
    const digits = (count: number) => Array.from({ length: count }, () => pick(random, HEX)).join('');
    return { ...message, headers: { traceparent: `00-${digits(32)}-${digits(16)}-01` } };
  }
}
