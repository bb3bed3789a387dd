import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Codecs } from '../../shared/adapters/avro/codecs.js';
import { ensureTopics } from '../../shared/adapters/kafka/admin/topics-admin.js';
import { startProducer } from '../../shared/adapters/kafka/produce/producer.js';
import { migrate } from '../../shared/adapters/postgres/migrate.js';
import { createPool } from '../../shared/adapters/postgres/pool.js';
import { followedDefinitions } from '../../shared/process/followed-definitions.js';
import { untilItWorks } from '../../shared/process/wait.js';
import { followedProfiles } from '../../shared/runners/follow-tenants.js';
import { pipelineTelemetry } from '../../shared/runners/telemetry.js';
import type { StartWorker } from '../../shared/runners/worker.js';
import { Lease } from './database/lease.js';
import { pointsKeptSince } from './database/points-retention.js';
import { PolicyJobs } from './database/policy-jobs.js';
import { RetentionProfiles } from './database/retention-profiles.js';
import { publisher } from './publisher.js';
import { dirtySlotMarks } from './reconcile/dirty-slots.js';
import { Reconciler } from './reconcile/reconciler.js';
import { StreamOffsets } from './reconcile/stream-offsets.js';
import { StreamProgress } from './reconcile/stream-progress.js';
import { DataQualityTelemetry } from './reconcile/telemetry.js';
import { isRolledUp } from './rollups/minute-windows.js';
import { publishNewFigures } from './rollups/publish-new.js';
import { Refresher } from './rollups/refresher.js';
import { rollUpMinute } from './rollups/roll-up-minute.js';
import { RollupTelemetry } from './rollups/telemetry.js';
import { runWorkLoop } from './work-loop.js';

/** A refresh call is bounded by its plan, but a day of very many series takes long on a busy server. */
const STATEMENT_TIMEOUT_MS = 900_000;

/**
 * The `batch` worker: applies migrations, refreshes continuous aggregates where points have changed,
 * publishes them to `rollups`, and compares the stream's windows with the stored points.
 */
export const start: StartWorker = async (context) => {
  const { config, clock, log, health, metrics, stopping } = context;
  const { tenants, follow } = followedProfiles(context);
  const file = followedDefinitions(config.windowing.windowsFile, log);
  const definitions = () => file.current;
  void file.follow(stopping);
  const pool = createPool(context, { statementTimeoutMs: STATEMENT_TIMEOUT_MS });
  let answers = 0;
  pool.on('release', () => {
    answers += 1;
  });
  const waiting = { what: 'the database or Kafka', signal: stopping, log, health };
  const applied = (migration: string) => log.info({ migration }, `applied the migration ${migration}`);
  await untilItWorks(() => migrate(pool, { applied }), waiting);

  await ensureTopics(context);
  const codecs = new Codecs(context);
  const rollupEncoder = await codecs.encoder('rollups');
  const correctionEncoder = await codecs.encoder('corrections');
  const producer = await startProducer(context);
  const pipeline = pipelineTelemetry(metrics);
  const holder = `${hostname()}-${process.pid}-${randomUUID()}`;
  const lease = new Lease(pool, 'batch', holder, config.batch.leaseMs);
  const offsets = new StreamOffsets(context);
  const keptSince = () => pointsKeptSince(pool);

  const publishRollups = publisher('rollups', rollupEncoder, producer, pipeline);
  const telemetry = new RollupTelemetry(metrics);
  const refresher = new Refresher({
    ...{ pool, lease, clock, log, keptSince, stopping },
    telemetry,
    publish: publishRollups,
    marks: (minutes) => dirtySlotMarks(definitions(), minutes),
    republishIntervalMs: config.batch.republishIntervalMs,
    maxRangesPerRound: config.batch.maxRangesPerLook,
  });
  const reconciler = new Reconciler({
    ...{ pool, definitions, clock, log, keptSince, stopping },
    progress: new StreamProgress(offsets, stopping),
    telemetry: new DataQualityTelemetry(metrics),
    publish: publisher('corrections', correctionEncoder, producer, pipeline),
    tolerance: config.batch.reconcileTolerance,
    counterIdleMs: config.windowing.counterIdleMs,
    // The windows that fill a minute are those of one slot.
    compared: async (definition, slot) => {
      if (isRolledUp(definition, definitions())) await rollUpMinute(pool, definition, slot.start);
    },
    slotsPerRound: config.batch.reconcileSlotsPerRound,
  });
  const unfollow = await follow();
  const retention = new RetentionProfiles(pool, tenants);
  const jobs = new PolicyJobs(pool, clock, log);

  const loop = runWorkLoop({
    steps: [
      // First: it finds out who leads, and that nobody can be asked.
      () => refresher.round(),
      async () => {
        await retention.round();
        return 'done';
      },
      async () => ((await reconciler.round()) ? 'more' : 'done'),
      async () => {
        telemetry.published('1m', await publishNewFigures(pool, clock, publishRollups, stopping));
        return 'done';
      },
      async () => {
        await jobs.runDue();
        return 'done';
      },
    ],
    intervalMs: config.batch.refreshIntervalMs,
    waiting,
    pieces: () => answers,
    stuckAfterMs: STATEMENT_TIMEOUT_MS + config.shutdown.stuckAfterMs,
  }).catch((error: unknown) => {
    if (!stopping.aborted) return context.fail(error);
    log.debug({ error }, 'interrupted: the next start repeats the unfinished work');
  });

  return async () => {
    await loop;
    await lease
      .release()
      .catch((error: unknown) =>
        log.warn({ error }, 'the lease was not released: another instance has to wait for its expiry'),
      );
    await Promise.all([producer.close(), offsets.close(), unfollow()]);
    await pool.end();
  };
};
