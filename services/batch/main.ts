import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Codecs } from '../../shared/adapters/avro/codecs.js';
import { startProducer } from '../../shared/adapters/kafka/producer.js';
import { ensureTopics } from '../../shared/adapters/kafka/topics-admin.js';
import { createPool } from '../../shared/adapters/postgres/pool.js';
import type { OutputRecord } from '../../shared/core/output-batch.js';
import { pipelineTelemetry } from '../../shared/runtime/telemetry.js';
import { sleep, untilItWorks } from '../../shared/runtime/wait.js';
import type { StartWorker } from '../../shared/runtime/worker.js';
import { Lease } from './lease.js';
import { migrate } from './migrate.js';
import { Refresher } from './refresher.js';
import { BatchTelemetry } from './telemetry.js';

/** A refresh call is bounded by its plan, but on a busy server a day of very many series takes its time. */
const STATEMENT_TIMEOUT_MS = 900_000;

/**
 * The `batch` worker: sets up the schema, then keeps the continuous aggregates fresh where points
 * have come in, and publishes what it refreshed to `rollups`.
 */
export const start: StartWorker = async (context) => {
  const { config, log, health, stopping } = context;
  const pool = createPool(context, { statementTimeoutMs: STATEMENT_TIMEOUT_MS });
  const waiting = { what: 'the database', signal: stopping, log, health };
  const applied = await untilItWorks(() => migrate(pool), waiting);
  if (applied.length > 0) log.info({ applied }, `applied ${applied.length} migrations`);

  await ensureTopics(context);
  const encoder = await new Codecs(context).encoder('rollups');
  const producer = await startProducer(context);
  const pipeline = pipelineTelemetry(context.metrics);
  const lease = new Lease(
    pool,
    'batch',
    `${hostname()}-${process.pid}-${randomUUID()}`,
    config.batch.leaseMs,
  );
  const refresher = new Refresher({
    pool,
    lease,
    clock: context.clock,
    telemetry: new BatchTelemetry(context.metrics),
    publish: async (rollups) => {
      const records = rollups.map(
        (rollup): OutputRecord => ({
          topic: 'rollups',
          key: `${rollup.tenantId}|${rollup.metric}`,
          value: encoder.encode(rollup),
        }),
      );
      await producer.send(records);
      pipeline.sent(records.map(({ topic }) => topic));
    },
    republishIntervalMs: config.batch.republishIntervalMs,
    maxRangesPerLook: config.batch.maxRangesPerLook,
    stopping,
  });

  const loop = (async () => {
    while (!stopping.aborted) {
      const look = await untilItWorks(() => refresher.look(), waiting);
      if (look !== 'more') await sleep(config.batch.refreshIntervalMs, stopping);
    }
  })().catch((error: unknown) => {
    if (!stopping.aborted) return context.fail(error);
    log.debug({ error }, 'gave up the work in hand: it is done again after the next start');
  });

  return async () => {
    await loop;
    await lease
      .release()
      .catch((error: unknown) =>
        log.warn({ error }, 'the lease was not given back: another instance waits for its expiry'),
      );
    await producer.close();
    await pool.end();
  };
};
