import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Codecs } from '../../shared/adapters/avro/codecs.js';
import { ensureTopics } from '../../shared/adapters/kafka/admin/topics-admin.js';
import { startProducer } from '../../shared/adapters/kafka/produce/producer.js';
import { migrate } from '../../shared/adapters/postgres/migrate.js';
import { createPool } from '../../shared/adapters/postgres/pool.js';
import { loadDefinitions } from '../../shared/catalog/window-definitions.js';
import type { OutputRecord } from '../../shared/core/output-batch.js';
import type { ValueEncoder } from '../../shared/ports/codec.js';
import type { Logger } from '../../shared/process/logger.js';
import { sleep, untilItWorks } from '../../shared/process/wait.js';
import { pipelineTelemetry } from '../../shared/runners/telemetry.js';
import type { StartWorker } from '../../shared/runners/worker.js';
import type { WindowDefinition } from '../../shared/windows/definition.js';
import { recordKey } from '../../shared/wire/record-key.js';
import { Jobs } from './jobs.js';
import { keptSince } from './kept-since.js';
import { Horizon } from './reconcile/horizon.js';
import { Reconciler } from './reconcile/reconciler.js';
import { slotMarks } from './reconcile/slot-marks.js';
import { StreamPositions } from './reconcile/stream-positions.js';
import { DataTelemetry } from './reconcile/telemetry.js';
import { Lease } from './rollups/lease.js';
import { Refresher } from './rollups/refresher.js';
import { BatchTelemetry } from './rollups/telemetry.js';

/** A refresh call is bounded by its plan, but on a busy server a day of very many series takes its time. */
const STATEMENT_TIMEOUT_MS = 900_000;

/**
 * The `batch` worker: sets up the schema, then keeps the continuous aggregates fresh where points
 * have come in, publishes what it refreshed to `rollups`, and holds the windows against the stored points.
 */
export const start: StartWorker = async (context) => {
  const { config, clock, log, health, stopping } = context;
  const definitions = followDefinitions(config.windowing.windowsFile, log);
  const pool = createPool(context, { statementTimeoutMs: STATEMENT_TIMEOUT_MS });
  const waiting = { what: 'the database or Kafka', signal: stopping, log, health };
  const applied = await untilItWorks(() => migrate(pool), waiting);
  if (applied.length > 0) log.info({ applied }, `applied ${applied.length} migrations`);

  await ensureTopics(context);
  const codecs = new Codecs(context);
  const rollupEncoder = await codecs.encoder('rollups');
  const correctionEncoder = await codecs.encoder('corrections');
  const producer = await startProducer(context);
  const pipeline = pipelineTelemetry(context.metrics);
  const send = async <T extends { tenantId: string; metric: string }>(
    topic: 'rollups' | 'corrections',
    values: readonly T[],
    encoder: ValueEncoder<T>,
  ) => {
    const records = values.map(
      (value): OutputRecord => ({
        topic,
        key: recordKey(value.tenantId, value.metric),
        value: encoder.encode(value),
      }),
    );
    await producer.send(records);
    pipeline.sent(records.map((record) => record.topic));
  };
  const lease = new Lease(
    pool,
    'batch',
    `${hostname()}-${process.pid}-${randomUUID()}`,
    config.batch.leaseMs,
  );
  const refresher = new Refresher({
    pool,
    lease,
    clock,
    telemetry: new BatchTelemetry(context.metrics),
    publish: (rollups) => send('rollups', rollups, rollupEncoder),
    marks: (minutes) => slotMarks(definitions(), minutes),
    keptSince: () => keptSince(pool),
    republishIntervalMs: config.batch.republishIntervalMs,
    maxRangesPerLook: config.batch.maxRangesPerLook,
    stopping,
  });
  const positions = new StreamPositions(context);
  const reconciler = new Reconciler({
    pool,
    horizon: new Horizon(positions, stopping),
    definitions,
    keptSince: () => keptSince(pool),
    clock,
    log,
    telemetry: new DataTelemetry(context.metrics),
    publish: (corrections) => send('corrections', corrections, correctionEncoder),
    tolerance: config.batch.reconcileTolerance,
    slotsPerRound: config.batch.reconcileSlotsPerRound,
    stopping,
  });

  const jobs = new Jobs(pool, clock, log);
  const loop = (async () => {
    while (!stopping.aborted) {
      const look = await untilItWorks(() => refresher.look(), waiting);
      // Who stands by leaves all of it to the one that leads.
      const more = look !== 'standby' && (await untilItWorks(() => reconciler.round(), waiting));
      if (look !== 'standby') await jobs.runDue();
      if (look !== 'more' && !more) await sleep(config.batch.refreshIntervalMs, stopping);
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
    await Promise.all([producer.close(), positions.close()]);
    await pool.end();
  };
};

/**
 * The definitions in force, read anew each time that they are asked for, since the file may change while the worker
 * runs. A file that has become wrong changes nothing; `windowing` says what is wrong with it.
 */
function followDefinitions(file: string, log: Logger): () => readonly WindowDefinition[] {
  let current = loadDefinitions(file);
  return () => {
    try {
      current = loadDefinitions(file);
    } catch (error) {
      log.debug({ error }, 'keeping the window definitions in force');
    }
    return current;
  };
}
