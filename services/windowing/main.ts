import { Codecs } from '../../shared/adapters/avro/codecs.js';
import { ensureTopics } from '../../shared/adapters/kafka/admin/topics-admin.js';
import { followedDefinitions, namesOf } from '../../shared/process/followed-definitions.js';
import { tracedStage } from '../../shared/process/traced-stage.js';
import {
  WatermarkTelemetry,
  watermarkMetrics,
  withWatermark,
} from '../../shared/process/watermark-telemetry.js';
import { followProgress } from '../../shared/runners/follow-progress.js';
import { bind } from '../../shared/runners/stage-binding.js';
import { runStages } from '../../shared/runners/stage-worker.js';
import type { StartWorker } from '../../shared/runners/worker.js';
import {
  counterSkippedCounter,
  emissionDelay,
  memberSkippedCounter,
  observed,
  reloadCounter,
  seriesRefusedCounter,
} from './telemetry.js';
import { tracedWindows } from './traced-windows.js';
import { warmUp } from './warm-up.js';
import { windowingStage } from './windowing-stage.js';

/** `windowing`: tumbling, hopping and session windows over the points of `metrics`. */
export const start: StartWorker = async (context) => {
  const { windowsFile, idleTimeoutMs, watermarkHoldMs, maxSeries, maxSeriesSharePercent } =
    context.config.windowing;
  const { counterIdleMs, maxSketchBytes, warmUpMs } = context.config.windowing;
  const share = maxSeriesSharePercent / 100;
  const definitions = followedDefinitions(windowsFile, context.log, reloadCounter(context.metrics));
  await ensureTopics(context);
  const codecs = new Codecs(context);
  const decoder = codecs.decoder('metrics');
  const { progress, stop } = await followProgress(context);
  const watermarks = new WatermarkTelemetry(watermarkMetrics(context.metrics), {
    log: context.log,
    health: context.health,
    standsAfterMs: 2 * idleTimeoutMs,
  });
  const windows = await codecs.encoder('windows');
  const emission = emissionDelay(context.metrics);
  const stage = windowingStage({
    definitions: () => definitions.current,
    idleTimeoutMs,
    watermarkHoldMs,
    counterIdleMs,
    counterSkipped: counterSkippedCounter(context.metrics),
    maxSeries,
    maxSeriesOfTenant: Math.ceil(maxSeries * share),
    maxSketchBytes,
    maxSketchBytesOfTenant: Math.ceil(maxSketchBytes * share),
    memberSkipped: memberSkippedCounter(context.metrics),
    progress,
    emitted: emission.observe,
    seriesRefused: seriesRefusedCounter(context.metrics),
    observe: (partition) => watermarks.observer('metrics', partition),
    decoder,
    windows,
    late: await codecs.encoder('late'),
  });
  const { tracing } = context;
  const traced = tracedStage(observed(stage, context.metrics), {
    ...{ tracing, group: 'windowing' },
    ...tracedWindows({
      points: decoder,
      windows: codecs.ownDecoder('windows', windows),
      definitions: () => definitions.current,
      holdMs: watermarkHoldMs,
    }),
  });
  context.log.info(namesOf(definitions.current), 'window definitions loaded');
  void definitions.follow(context.stopping);
  if (warmUpMs > 0) {
    const warm = { stage, decoder, points: await codecs.encoder('metrics') };
    const points = await warmUp({ ...warm, clock: context.clock, ms: warmUpMs, signal: context.stopping });
    emission.reset();
    context.log.debug({ points }, 'warmed up');
  }
  const drain = await runStages(context, {
    group: 'windowing',
    stages: {
      metrics: bind({
        decoder,
        stage: withWatermark(traced, watermarks, ({ sources }) => sources),
        version: () => definitions.version,
        changelog: 'state.windowing',
        timeTo: 'windows',
      }),
    },
  });
  return async () => {
    await Promise.all([drain(), stop()]);
  };
};
