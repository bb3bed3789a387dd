import { Codecs } from '../../shared/adapters/avro/codecs.js';
import { ensureTopics } from '../../shared/adapters/kafka/topics-admin.js';
import { ensemble } from '../../shared/detection/ensemble.js';
import { bind, runStages } from '../../shared/runtime/stage-worker.js';
import type { StartWorker } from '../../shared/runtime/worker.js';
import { anomalyStage } from './anomaly-stage.js';
import { loadDetectionRules } from './detection-file.js';
import { watches } from './detection-rules.js';
import { anomalyTelemetry } from './telemetry.js';

/** The worker `anomaly`: scores `windows` and writes `anomalies`. */
export const start: StartWorker = async (context) => {
  const { window, sensitivity, file, maxSeries, maxGroups, idleMs } = context.config.anomaly;
  const rest = { metrics: '*', tenants: '*', window, field: 'mean', sensitivity, above: null, below: null };
  const rules = [...loadDetectionRules(file, rest), rest];
  await ensureTopics(context);
  const codecs = new Codecs(context);
  const decoder = codecs.decoder('windows');
  const stage = anomalyStage({
    decoder,
    encoder: await codecs.encoder('anomalies'),
    watchOf: watches(rules, (rule) => ensemble({ sensitivity: rule.sensitivity, limits: rule })),
    observer: anomalyTelemetry(context.metrics),
    maxSeries,
    maxGroups,
    idleMs,
  });
  return await runStages(context, {
    group: 'anomaly',
    stages: { windows: bind({ stage, decoder, changelog: 'state.anomaly' }) },
  });
};
