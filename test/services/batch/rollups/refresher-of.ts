import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import type { MetricPoint, Rollup } from '../../../../schemas/types.js';
import { Lease } from '../../../../services/batch/database/lease.js';
import { Refresher, type RefresherParts } from '../../../../services/batch/rollups/refresher.js';
import { RollupTelemetry } from '../../../../services/batch/rollups/telemetry.js';
import { metricPoints } from '../../../../services/sink/timescale/tables.js';
import { writeRows } from '../../../../services/sink/timescale/write-rows.js';
import type { Pool } from '../../../../shared/adapters/postgres/pool.js';
import { createLogger } from '../../../../shared/process/logger.js';
import { point } from '../../sink/samples.js';

let ids = 0;

/** Stores points as the sink does, each with an id of its own. */
export async function storePoints(pool: Pool, points: readonly Partial<MetricPoint>[]): Promise<void> {
  const rows = points.map((change, index) => ({ index, value: point({ id: `r${ids++}`, ...change }) }));
  const { refusals } = await writeRows(pool, metricPoints, rows, 5_000);
  assert.deepEqual(refusals, []);
}

/** A refresher on this database, and what it has published. */
export function refresherOf(
  pool: Pool,
  change: Partial<RefresherParts> & { now: () => number; holder?: string },
) {
  const published: Rollup[] = [];
  const metrics = new Registry();
  const parts: RefresherParts = {
    pool,
    lease: new Lease(pool, 'batch', change.holder ?? 'test', 30_000),
    clock: { now: change.now },
    log: createLogger('test', 'silent'),
    telemetry: new RollupTelemetry(metrics),
    publish: async (rollups) => {
      published.push(...rollups);
    },
    marks: () => [],
    keptSince: async () => Number.NEGATIVE_INFINITY,
    republishIntervalMs: 60_000,
    maxRangesPerRound: 10_000,
    stopping: new AbortController().signal,
    ...change,
  };
  return { refresher: new Refresher(parts), published, metrics };
}
