import type { LiveClient } from '../../../../services/api/live/live-client.js';
import { LiveHub } from '../../../../services/api/live/live-hub.js';
import type { LiveLimits } from '../../../../services/api/live/live-limits.js';
import type { LiveKind, Wanted } from '../../../../services/api/live/wanted.js';
import type { Series } from '../../../../shared/wire/series.js';

export const LIMITS: LiveLimits = {
  maxClients: 20,
  maxSeriesBytes: 1_000_000,
  staleMs: 1_000,
  maxClientSeries: 100,
  maxEvents: 5,
  maxAlerts: 100,
  intervalMs: 100,
  maxBufferedBytes: 10_000,
  slowCloseMs: 500,
};

export function wantedOf(change: Partial<Omit<Wanted, 'kinds'>> & { kinds?: LiveKind[] } = {}): Wanted {
  return {
    ...{ tenantId: 't', metrics: ['*'], tags: {} },
    ...change,
    kinds: new Set(change.kinds ?? ['metrics']),
  };
}

/** A point as a client gets it. */
export interface Update extends Series {
  readonly timestamp: string;
  readonly value: number;
  readonly offset: number;
}

/** A hub with a clock that a test moves on, and clients that keep what they get. */
export class HubFixture {
  now = 0;
  readonly hub: LiveHub;
  #offset = 0;

  constructor(limits: Partial<LiveLimits> = {}) {
    this.hub = new LiveHub({ ...LIMITS, ...limits }, () => this.now);
  }

  client(): TestClient {
    return new TestClient(this.hub);
  }

  /** Points in one batch, as decoding them gives them. */
  points(...points: readonly (Series & { readonly value: number })[]): void {
    const { index } = this.hub.table;
    const batch = {
      length: points.length,
      keys: Int32Array.from(points, (point) => index.intern(point)),
      timestamps: points.map(() => this.now),
      values: points.map(({ value }) => value),
      offsets: points.map(() => this.#offset++),
      kinds: null,
    };
    this.hub.points(batch, 0);
  }

  /** Time goes on, and whose turn it is gets it. */
  pass(ms: number): void {
    for (const end = this.now + ms; this.now < end; ) {
      this.now += 10;
      while (!this.hub.drain(1_000));
    }
  }
}

export class TestClient {
  readonly client: LiveClient;
  readonly messages: { type: string; [field: string]: unknown }[] = [];
  buffered = 0;
  tooSlow = false;

  constructor(hub: LiveHub) {
    const sink = {
      buffered: () => this.buffered,
      send: (_type: string, text: string) => this.messages.push(JSON.parse(text)),
      tooSlow: () => {
        this.tooSlow = true;
      },
    };
    const client = hub.open(sink, 't');
    if (client === null) throw new Error('the hub is full');
    this.client = client;
  }

  /** All points that it got, in order. */
  get updates(): Update[] {
    return this.messages.flatMap(({ type, updates }) =>
      type === 'metric_update' ? (updates as Update[]) : [],
    );
  }

  get values(): number[] {
    return this.updates.map(({ value }) => value);
  }
}
