import type { MetricPoint } from '../../../schemas/types.js';
import type { ValueEncoder } from '../../../shared/ports/codec.js';
import type { Producer } from '../../../shared/ports/log.js';
import { recordKey } from '../../../shared/wire/series.js';
import type { PointBuffer } from './point-buffer.js';

/** Limit of points per request to Kafka. */
const MAX_POINTS = 2_000;

/** Sends buffered points to `ingest.metrics`, in order. */
export class PointSender {
  constructor(
    private readonly buffer: PointBuffer,
    private readonly producer: Producer,
    private readonly encoder: ValueEncoder<MetricPoint>,
    private readonly sent: (points: number) => void,
  ) {}

  /** Sends points as they come until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.buffer.filled(signal);
      await this.#send();
    }
  }

  /** Sends what is still in the buffer. @throws when Kafka does not take it; the rest stays in the buffer */
  async flush(): Promise<void> {
    while (this.buffer.size > 0) await this.#send();
  }

  async #send(): Promise<void> {
    const points = this.buffer.take(MAX_POINTS);
    if (points.length === 0) return;
    try {
      await this.producer.send(
        points.map((point) => ({
          topic: 'ingest.metrics',
          key: recordKey(point.tenantId, point.metric),
          value: this.encoder.encode(point),
        })),
      );
    } catch (error) {
      this.buffer.putBack(points);
      throw error;
    }
    this.sent(points.length);
  }
}
