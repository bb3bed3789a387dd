import { Codecs } from '../../shared/adapters/avro/codecs.js';
import { ensureTopics } from '../../shared/adapters/kafka/topics-admin.js';
import { runSink } from '../../shared/runtime/sink-worker.js';
import { bind, runStages } from '../../shared/runtime/stage-worker.js';
import type { StartWorker } from '../../shared/runtime/worker.js';
import { alertingStage } from './alerting-stage.js';
import { anomalyInput, windowInput } from './inputs.js';
import { loadRules } from './rules-file.js';
import { alertingTelemetry } from './telemetry.js';
import { webhookHandler } from './webhook.js';

/**
 * The worker `alerting`: holds rules against `windows` and `anomalies`, writes `alerts`, and posts them to
 * the webhook if there is one. The post has a consumer group of its own: a target that is down
 * holds up nothing else.
 */
export const start: StartWorker = async (context) => {
  const { config, clock, log, metrics } = context;
  const { rulesFile, staleAfterMs, anomalyStaleAfterMs, maxAlerts, webhookUrl, webhookTimeoutMs } =
    config.alerting;
  const rules = loadRules(rulesFile);
  log.info({ rules: rules.map((rule) => rule.name) }, `${rules.length} rules`);
  await ensureTopics(context);
  const codecs = new Codecs(context);
  const observer = alertingTelemetry(metrics, clock);
  const encoder = await codecs.encoder('alerts');
  const windows = codecs.decoder('windows');
  const anomalies = codecs.decoder('anomalies');
  const shared = { rules, encoder, observer, maxAlerts };
  const drainStages = await runStages(context, {
    group: 'alerting',
    stages: {
      windows: bind({
        stage: alertingStage({ ...shared, kind: windowInput, decoder: windows, staleAfterMs }),
        decoder: windows,
        changelog: 'state.alerting',
      }),
      anomalies: bind({
        stage: alertingStage({
          ...shared,
          kind: anomalyInput,
          decoder: anomalies,
          staleAfterMs: anomalyStaleAfterMs,
        }),
        decoder: anomalies,
        changelog: 'state.alerting',
      }),
    },
  });
  if (webhookUrl === '') return drainStages;
  const decoder = codecs.decoder('alerts');
  const handler = webhookHandler({ url: webhookUrl, timeoutMs: webhookTimeoutMs, decoder, log, observer });
  const drainWebhook = await runSink(context, {
    group: 'alerting-webhook',
    handlers: { alerts: handler },
  });
  return async () => {
    await Promise.all([drainStages(), drainWebhook()]);
  };
};
