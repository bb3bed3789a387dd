import type { Codecs } from '../../../shared/adapters/avro/codecs.js';
import type { Targets } from '../../../shared/adapters/http/targets.js';
import type { Controls } from '../../../shared/alerting/controls.js';
import type { WorkerContext } from '../../../shared/process/context.js';
import type { FollowedFile } from '../../../shared/process/followed-value.js';
import { tracedStage } from '../../../shared/process/traced-stage.js';
import { bind } from '../../../shared/runners/stage-binding.js';
import { runStages } from '../../../shared/runners/stage-worker.js';
import type { ChannelSettings, Send } from './channel.js';
import type { Notification } from './notification.js';
import type { Notifications } from './notifications.js';
import { notifierStage } from './notifier-stage.js';
import { Outbox } from './outbox.js';
import { senderOf } from './senders.js';
import type { NotificationTelemetry } from './telemetry.js';
import { AlertTraces } from './traced-notifications.js';
import { WatchedCalls } from './watched-calls.js';
import { type TemplatePart, withWatchedTemplates } from './watched-templates.js';

/**
 * Starts the notifier, if there is a channel.
 *
 * @returns stops it; attempts under way are abandoned, and repeated by the next owner
 */
export async function startNotifier(
  context: WorkerContext,
  {
    notifications,
    targets,
    codecs,
    controls,
    telemetry,
  }: {
    readonly notifications: FollowedFile<Notifications>;
    readonly targets: Targets;
    readonly codecs: Codecs;
    readonly controls: Controls;
    readonly telemetry: NotificationTelemetry;
  },
): Promise<() => Promise<void>> {
  const { clock, log, stopping } = context;
  const settings = notifications.current;
  if (settings === null) {
    log.warn('alerts notify nobody: neither TACTUS_NOTIFICATIONS_FILE nor TACTUS_ALERT_WEBHOOK_URL is set');
    return async () => {};
  }
  void notifications.follow(stopping);
  const abandon = new AbortController();
  const failing = new Map<string, number>();
  const observer = {
    call: telemetry.call,
    state: telemetry.channel,
    attempted(notification: Notification, outcome: 'delivered' | 'failed' | 'given_up', reason: string) {
      const { channel } = notification;
      telemetry.attempted(channel, outcome);
      const before = failing.get(channel) ?? 0;
      if (outcome === 'delivered') {
        if (failing.delete(channel)) log.info({ channel }, `channel ${channel} accepts notifications again`);
        return;
      }
      failing.set(channel, before + 1);
      if (outcome === 'given_up')
        log.error(
          { channel, ...traces.about(notification) },
          `channel ${channel} rejects a notification permanently: ${reason}`,
        );
      else if (before % 10 === 0)
        log.warn(
          { channel, failures: before + 1, ...traces.about(notification) },
          `channel ${channel} fails: ${reason}`,
        );
    },
  };
  const decoder = codecs.decoder('alerts');
  const encoder = await codecs.encoder('notifications');
  const { tracing } = context;
  const traces = new AlertTraces(decoder);
  const calls = new WatchedCalls(context.health, context.config.shutdown.stuckAfterMs);
  // In the log once, until the channels are read anew: how much there is to notify of changes all the time.
  const templateFailed = ({ name: channel }: ChannelSettings) => {
    const reported = new Set<TemplatePart>();
    return (part: TemplatePart) => {
      telemetry.templateFailed(channel);
      if (!reported.has(part))
        log.warn(
          { channel },
          `channel ${channel}: its ${part} takes too long or fails, and is sent without its template`,
        );
      reported.add(part);
    };
  };
  const sending = (channel: ChannelSettings): Send => {
    const send = calls.watched(
      channel,
      senderOf(withWatchedTemplates(channel, templateFailed(channel)), targets),
    );
    return tracing === undefined ? send : traces.traced(send, channel, tracing, log);
  };
  const stage = notifierStage({
    ...{ decoder, encoder, decisions: controls },
    unrecorded: (alerts) => telemetry.unrecorded(alerts),
    notified: ({ fingerprint, startsAt }, channel, now) =>
      telemetry.notified(channel, now - startsAt, traces.of(fingerprint)?.traceId),
    live(size) {
      telemetry.groups(size);
      controls.expire(clock.now());
      telemetry.silences(controls.size);
    },
    open: () => {
      const { channels, routing } = notifications.current ?? settings;
      telemetry.forget();
      const lines = channels.map((settings) => ({
        settings,
        send: sending(settings),
      }));
      return { routing, outbox: new Outbox(lines, observer, Math.random, abandon.signal) };
    },
  });
  const drain = await runStages(context, {
    group: 'alerting-notifier',
    stages: {
      'state.alerts': bind({
        stage: tracedStage(stage, { tracing, group: 'alerting-notifier', ...traces.noting }),
        decoder,
        changelog: 'state.notifications',
        version: () => notifications.version,
      }),
    },
  });
  return async () => {
    await drain();
    abandon.abort();
  };
}
