import type { Anomaly } from '../../schemas/types.js';
import { Codecs } from '../../shared/adapters/avro/codecs.js';
import { ensureTopics } from '../../shared/adapters/kafka/admin/topics-admin.js';
import { partitionOf } from '../../shared/adapters/kafka/protocol/murmur2.js';
import { alertingStage } from '../../shared/alerting/alerts/alerting-stage.js';
import { gracesOf } from '../../shared/alerting/alerts/input-time.js';
import { joinStage } from '../../shared/alerting/joins/join-stage.js';
import { anomalyInput, candidateInput, windowInput } from '../../shared/alerting/rules/condition.js';
import type { Millis } from '../../shared/core/clock.js';
import type { Stage } from '../../shared/core/stage.js';
import { followedDefinitions } from '../../shared/process/followed-definitions.js';
import { tracedStage } from '../../shared/process/traced-stage.js';
import {
  WatermarkTelemetry,
  watermarkMetrics,
  withWatermark,
} from '../../shared/process/watermark-telemetry.js';
import { followControlTopic } from '../../shared/runners/follow-control-topic.js';
import { followProgress } from '../../shared/runners/follow-progress.js';
import { bind } from '../../shared/runners/stage-binding.js';
import { runStages } from '../../shared/runners/stage-worker.js';
import type { StartWorker } from '../../shared/runners/worker.js';
import type { NotedInput } from '../../shared/windows/noted-input.js';
import { recordKey, type Series } from '../../shared/wire/series.js';
import type { TopicName } from '../../topics/names.js';
import { followDecisions } from './decisions.js';
import { followedNotifications } from './notify/notifications.js';
import { startNotifier } from './notify/start.js';
import { alertTargets } from './notify/targets.js';
import { notificationTelemetry } from './notify/telemetry.js';
import { withWatchdog } from './notify/watchdog.js';
import { Rules } from './rules/rules.js';
import { alertingTelemetry } from './telemetry.js';
import { tracedAlerts } from './traced-alerts.js';

/**
 * The worker `alerting`: evaluates rules on `windows` and `anomalies`, writes `alerts`, and notifies channels.
 * The notifier has a consumer group of its own: a channel that is down delays nothing else.
 */
export const start: StartWorker = async (context) => {
  const { config, clock, health, log, metrics } = context;
  const { rulesFile, staleAfterMs, anomalyStaleAfterMs, forgetAfterMs, maxAlerts, maxRecorded } =
    config.alerting;
  const { joinWaitMs, maxJoins } = config.alerting;
  const { windowsFile, idleTimeoutMs, watermarkHoldMs } = config.windowing;
  const observer = alertingTelemetry(metrics, clock);
  const definitions = followedDefinitions(windowsFile, log);
  const watermarks = new WatermarkTelemetry(watermarkMetrics(metrics), {
    ...{ log, health, standsAfterMs: 2 * idleTimeoutMs },
  });
  const rules = new Rules(rulesFile, log, observer.reloaded);
  const targets = alertTargets(config.alerting.allowedNetworks);
  const notifications = followedNotifications(config.alerting, process.env, targets, {
    log,
    reloaded: (outcome) => observer.reloaded('notifications', outcome),
  });
  await ensureTopics(context);
  const codecs = new Codecs(context);
  health.noteAll('rules', () => rules.remarks);
  const unfollow = await followControlTopic(context, {
    topic: 'control.rules',
    decoder: codecs.decoder('control.rules'),
    changed: (id, rule) => rules.changed(id, rule),
  });
  const telemetry = notificationTelemetry(metrics);
  const {
    controls,
    mutes,
    stop: forget,
  } = await followDecisions(context, codecs, ({ size }) => telemetry.silences(size));
  const muted = (anomaly: Anomaly, now: Millis) => {
    const isMuted = mutes.until(anomaly, now) !== null;
    if (isMuted) observer.muted();
    return isMuted;
  };
  void rules.follow(context.stopping);
  void definitions.follow(context.stopping);
  const { progress, stop } = await followProgress(context);
  const windows = codecs.decoder('windows');
  const anomalies = codecs.decoder('anomalies');
  const encoder = await codecs.encoder('alerts');
  const recordings = {
    encoder: await codecs.encoder('windows'),
    maxSeries: maxRecorded,
    outcome: observer.recording,
  };
  const shared = {
    rules: () => rules.current,
    encoder,
    observer,
    maxAlerts,
    forgetAfterMs,
    input: {
      ...{ idleTimeoutMs, watermarkHoldMs, progress },
      graceOf: gracesOf(() => definitions.current),
      observe: (topic: TopicName, partition: number) => watermarks.observer(topic, partition),
    },
  };
  const ofAnomalies = { ...shared, muted, decoder: anomalies, staleAfterMs: anomalyStaleAfterMs };
  let windowPartitions = 1;
  const isOf = ({ tenantId, metric }: Series, partition: number) =>
    partitionOf(Buffer.from(recordKey(tenantId, metric)), windowPartitions) === partition;
  const { changelog, version } = { changelog: 'state.alerting', version: () => rules.version } as const;
  const { tracing } = context;
  const written = codecs.ownDecoder('alerts', encoder);
  const [tracedWindows, tracedAnomalies] = [
    { tracing, group: 'alerting', ...tracedAlerts(windows, written) },
    { tracing, group: 'alerting', ...tracedAlerts(anomalies, written) },
  ];
  const timed = <S extends { readonly input: NotedInput }>(stage: Stage<S>) =>
    withWatermark(stage, watermarks, ({ input }) => input.sources);
  const evaluation = await runStages(context, {
    group: 'alerting',
    share: (_, counts) => {
      windowPartitions = counts.windows ?? windowPartitions;
    },
    stages: {
      windows: bind({
        stage: timed(
          tracedStage(
            withWatchdog(
              alertingStage({
                ...shared,
                kind: windowInput,
                decoder: windows,
                recordings,
                staleAfterMs,
                isOf,
              }),
              {
                encoder,
                expected: () => (notifications.current?.routing.watchdog ?? null) !== null,
                alive: () => health.alive,
              },
            ),
            tracedWindows,
          ),
        ),
        decoder: windows,
        changelog,
        version,
        timeTo: 'state.joins',
      }),
      anomalies: bind({
        stage: tracedStage(alertingStage({ ...ofAnomalies, kind: anomalyInput }), tracedAnomalies),
        decoder: anomalies,
        changelog,
        version,
      }),
      'state.candidates': bind({
        stage: tracedStage(alertingStage({ ...ofAnomalies, kind: candidateInput }), tracedAnomalies),
        decoder: anomalies,
        changelog,
        version,
      }),
      'state.joins': bind({
        stage: timed(
          tracedStage(
            joinStage({
              ...shared,
              decoder: windows,
              recordings,
              staleAfterMs,
              joinWaitMs,
              maxJoins,
              joined: observer.joined,
            }),
            tracedWindows,
          ),
        ),
        decoder: windows,
        changelog,
        version,
      }),
    },
  });
  const notifier = await startNotifier(context, {
    notifications,
    targets,
    ...{ codecs, controls, telemetry },
  });
  return async () => {
    await Promise.all([evaluation(), unfollow(), forget(), stop(), notifier()]);
  };
};
