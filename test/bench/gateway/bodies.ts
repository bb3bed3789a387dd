import { compressSync } from 'snappy';
import type { SentFormat, SentSeries } from '../../support/sent-formats.js';

export const BODY_SAMPLES = 1_000;
/** 10,000 series. */
export const BODIES = 10;
const METRICS = 100;
/** What stands for the time in what is encoded once: it has as many digits as any of these years. */
const MARK = 1_700_049_600_123;

/** Of a hundred series with numbers that follow each other, so many have another pod: how often series number `n` has had one. */
function generationOf(number: number, replaced: number): number {
  return Math.floor((replaced - 1 - (number % METRICS)) / METRICS) + 1;
}

/** Nine labels, as Prometheus has them of what it finds in Kubernetes. */
function seriesOf(body: number, replaced: number): SentSeries[] {
  return Array.from({ length: BODY_SAMPLES }, (_, i) => {
    const number = body * BODY_SAMPLES + i;
    const pod = Math.floor(number / METRICS);
    const generation = generationOf(number, replaced);
    const suffix = generation === 0 ? '' : `-${generation}`;
    return {
      metric: `http_server_request_seconds_${number % METRICS}`,
      tags: {
        cluster: 'eu-1',
        container: 'server',
        instance: `10.0.${pod >> 3}.${pod}:9090`,
        job: 'shop/api',
        method: 'GET',
        namespace: 'shop',
        pod: `api-5d8f7c9b4-${pod.toString(36).padStart(5, 'x')}${suffix}`,
        route: '/api/v1/orders/:id',
      },
      value: number * 1.25,
    };
  });
}

/** A body, and where its times are. */
interface Base {
  readonly bytes: Buffer;
  readonly places: readonly number[];
}

/** The bodies of a format, all series after ten of them. */
export class Bodies {
  readonly #bases: readonly Base[];

  /** @param replaced of a hundred series, how many are others than at 0; above 100 for the second time */
  constructor(
    private readonly format: SentFormat,
    replaced = 0,
  ) {
    const mark = format.time(MARK);
    this.#bases = Array.from({ length: BODIES }, (_, body) => {
      const bytes = format.encode(seriesOf(body, replaced), MARK);
      const places: number[] = [];
      for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + mark.length)) places.push(at);
      if (places.length !== BODY_SAMPLES) throw new Error(`found ${places.length} times in a body`);
      return { bytes, places };
    });
  }

  /** @param time of all its samples */
  take(number: number, time: number): Buffer {
    const { bytes, places } = this.#bases[number % BODIES] as Base;
    const text = this.format.time(time);
    for (const at of places) text.copy(bytes, at);
    return this.format.packed ? (compressSync(bytes) as Buffer) : Buffer.from(bytes);
  }

  /** How often all series have come before this body. */
  static round(number: number): number {
    return Math.floor(number / BODIES);
  }
}
