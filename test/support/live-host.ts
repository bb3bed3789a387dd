import { Partitioners, type Producer } from 'kafkajs';
import { type PlainClient, type PlainPoint, POINT_SCHEMA } from './plain-client.js';
import { pointOf } from './point.js';

const EVERY_MS = 1_000;

/** A host that is measured once a second, as its collector would, and whose load somebody changes. */
export class LiveHost {
  static readonly METRIC = 'system.cpu.usage_percent';
  /** In percent; each point is a little more, so that none is like the one before. */
  load = 20;
  readonly sent: PlainPoint[] = [];
  #timer: NodeJS.Timeout | undefined;
  #failed: unknown = null;

  private constructor(
    readonly tenantId: string,
    readonly name: string,
    private readonly topic: string,
    private readonly producer: Producer,
    private readonly encode: (value: object) => Buffer,
  ) {}

  static async connect(client: PlainClient, tenantId: string, name: string): Promise<LiveHost> {
    const producer = client.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    const topic = 'ingest.metrics';
    const [encode] = await Promise.all([client.encoder(topic, POINT_SCHEMA), producer.connect()]);
    return new LiveHost(tenantId, name, client.prefix + topic, producer, encode);
  }

  /** What was measured at a time. */
  pointAt(timestamp: number, value: number): PlainPoint {
    const { tenantId, name } = this;
    const id = `${name}-${timestamp}`;
    return pointOf({ tenantId, metric: LiveHost.METRIC, tags: { host: name }, timestamp, value, id });
  }

  async send(points: readonly PlainPoint[]): Promise<void> {
    const key = `${this.tenantId}|${LiveHost.METRIC}`;
    const messages = points.map((point) => ({ key, value: this.encode(point) }));
    await this.producer.send({ topic: this.topic, messages });
    this.sent.push(...points);
  }

  start(): void {
    let ticks = 0;
    this.#timer = setInterval(() => {
      ticks += 1;
      const point = this.pointAt(Date.now(), (this.load * 100 + (ticks % 100)) / 100);
      this.send([point]).catch((error) => {
        this.#failed = error;
      });
    }, EVERY_MS);
  }

  /** @throws what went wrong while it sent */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.producer.disconnect();
    if (this.#failed !== null) throw this.#failed;
  }
}
