import { Codecs } from '../../shared/adapters/avro/codecs.js';
import { ensureTopics } from '../../shared/adapters/kafka/admin/topics-admin.js';
import { ensemble } from '../../shared/detection/ensemble.js';
import { MetricSensitivities } from '../../shared/detection/metric-sensitivities.js';
import { aboutFields } from '../../shared/process/log-fields.js';
import { tracedStage } from '../../shared/process/traced-stage.js';
import { followControlTopic } from '../../shared/runners/follow-control-topic.js';
import { followedProfiles } from '../../shared/runners/follow-tenants.js';
import { bind } from '../../shared/runners/stage-binding.js';
import { runStages } from '../../shared/runners/stage-worker.js';
import type { StartWorker } from '../../shared/runners/worker.js';
import { anomalyStage } from './anomaly-stage.js';
import { loadDetectionRules } from './detection-file.js';
import { watches } from './detection-rules.js';
import { SensitivityFactors } from './sensitivity-factors.js';
import { anomalyTelemetry, sensitivityTelemetry } from './telemetry.js';
import { tracedAnomalies } from './traced-anomalies.js';

/** The worker `anomaly`: scores `windows` and writes `anomalies`. */
export const start: StartWorker = async (context) => {
  const { config, log, metrics } = context;
  const { window, sensitivity, maxSeries, maxGroups, idleMs } = config.anomaly;
  const rest = { metrics: '*', tenants: '*', window, field: 'mean', sensitivity, above: null, below: null };
  const rules = [...loadDetectionRules(config.anomaly.file, rest), rest];
  const { tenants, follow } = followedProfiles(context);
  await ensureTopics(context);
  const codecs = new Codecs(context);
  const unfollow = await follow();
  const sensitivities = new MetricSensitivities();
  const counted = sensitivityTelemetry(metrics);
  const forget = await followControlTopic(context, {
    topic: 'control.sensitivities',
    decoder: codecs.decoder('control.sensitivities'),
    changed(key, record) {
      const problem = sensitivities.changed(key, record);
      if (record !== null && problem !== null)
        log.warn({ key, ...aboutFields(record.tenantId, null) }, problem);
      counted(sensitivities.size);
    },
  });
  const factors = new SensitivityFactors(tenants, sensitivities);
  const decoder = codecs.decoder('windows');
  const encoder = await codecs.encoder('anomalies');
  const stage = anomalyStage({
    decoder,
    encoder,
    watchOf: watches(rules, (rule) => ensemble({ sensitivity: rule.sensitivity, limits: rule }), factors),
    observer: anomalyTelemetry(metrics),
    maxSeries,
    maxGroups,
    idleMs,
  });
  const { tracing } = context;
  const traced = tracedStage(stage, {
    ...{ tracing, group: 'anomaly' },
    ...tracedAnomalies(decoder, codecs.ownDecoder('anomalies', encoder)),
  });
  const drain = await runStages(context, {
    group: 'anomaly',
    stages: { windows: bind({ stage: traced, decoder, changelog: 'state.anomaly' }) },
  });
  return async () => {
    await drain();
    await Promise.all([unfollow(), forget()]);
  };
};
