import { Codecs } from '../../shared/adapters/avro/codecs.js';
import { ensureTopics } from '../../shared/adapters/kafka/topics-admin.js';
import { ensemble } from '../../shared/detection/ensemble.js';
import { bind, runStages } from '../../shared/runtime/stage-worker.js';
import type { StartWorker } from '../../shared/runtime/worker.js';
import { anomalyStage } from './anomaly-stage.js';
import { anomalyTelemetry } from './telemetry.js';

/** The worker `anomaly`: scores `windows` and writes `anomalies`. */
export const start: StartWorker = async (context) => {
  const { window, sensitivity, maxSeries, idleMs } = context.config.anomaly;
  await ensureTopics(context);
  const codecs = new Codecs(context);
  const decoder = codecs.decoder('windows');
  const stage = anomalyStage({
    decoder,
    encoder: await codecs.encoder('anomalies'),
    detector: ensemble({ sensitivity }),
    observer: anomalyTelemetry(context.metrics),
    window,
    maxSeries,
    idleMs,
  });
  return await runStages(context, {
    group: 'anomaly',
    stages: { windows: bind({ stage, decoder, changelog: 'state.anomaly' }) },
  });
};
