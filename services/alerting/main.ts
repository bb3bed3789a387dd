import { Codecs } from '../../shared/adapters/avro/codecs.js';
import { ensureTopics } from '../../shared/adapters/kafka/admin/topics-admin.js';
import { followControlTopic } from '../../shared/runners/follow-control-topic.js';
import { bind } from '../../shared/runners/stage-binding.js';
import { runStages } from '../../shared/runners/stage-worker.js';
import type { StartWorker } from '../../shared/runners/worker.js';
import { alertingStage } from './alerts/alerting-stage.js';
import { joinStage } from './joins/join-stage.js';
import { followedNotifications } from './notify/notifications.js';
import { startNotifier } from './notify/start.js';
import { Targets } from './notify/targets.js';
import { notificationTelemetry } from './notify/telemetry.js';
import { anomalyInput, windowInput } from './rules/condition.js';
import { Rules } from './rules/rules.js';
import { alertingTelemetry } from './telemetry.js';

/**
 * The worker `alerting`: evaluates rules on `windows` and `anomalies`, writes `alerts`, and notifies channels.
 * The notifier has a consumer group of its own: a channel that is down delays nothing else.
 */
export const start: StartWorker = async (context) => {
  const { config, clock, log, metrics } = context;
  const { rulesFile, staleAfterMs, anomalyStaleAfterMs, forgetAfterMs, maxAlerts } = config.alerting;
  const { joinWaitMs, maxJoins } = config.alerting;
  const observer = alertingTelemetry(metrics, clock);
  const rules = new Rules(rulesFile, log, observer.reloaded);
  const targets = new Targets(config.alerting.allowedNetworks.split(',').filter((one) => one !== ''));
  const notifications = followedNotifications(config.alerting, process.env, targets, {
    log,
    reloaded: (outcome) => observer.reloaded('notifications', outcome),
  });
  await ensureTopics(context);
  const codecs = new Codecs(context);
  const unfollow = await followControlTopic(context, {
    topic: 'control.rules',
    decoder: codecs.decoder('control.rules'),
    changed: (id, rule) => rules.changed(id, rule),
  });
  void rules.follow(context.stopping);
  const windows = codecs.decoder('windows');
  const anomalies = codecs.decoder('anomalies');
  const shared = {
    rules: () => rules.current,
    encoder: await codecs.encoder('alerts'),
    observer,
    maxAlerts,
    forgetAfterMs,
  };
  const { changelog, version } = { changelog: 'state.alerting', version: () => rules.version } as const;
  const evaluation = await runStages(context, {
    group: 'alerting',
    stages: {
      windows: bind({
        stage: alertingStage({ ...shared, kind: windowInput, decoder: windows, staleAfterMs }),
        decoder: windows,
        changelog,
        version,
      }),
      anomalies: bind({
        stage: alertingStage({
          ...shared,
          kind: anomalyInput,
          decoder: anomalies,
          staleAfterMs: anomalyStaleAfterMs,
        }),
        decoder: anomalies,
        changelog,
        version,
      }),
      'state.joins': bind({
        stage: joinStage({
          ...shared,
          decoder: windows,
          staleAfterMs,
          joinWaitMs,
          maxJoins,
          joined: observer.joined,
        }),
        decoder: windows,
        changelog,
        version,
      }),
    },
  });
  const notifier = await startNotifier(context, {
    notifications,
    targets,
    codecs,
    telemetry: notificationTelemetry(metrics),
  });
  return async () => {
    await Promise.all([evaluation(), unfollow(), notifier()]);
  };
};
