import type { Codecs } from '../../../shared/adapters/avro/codecs.js';
import type { WorkerContext } from '../../../shared/process/context.js';
import { followControl } from '../../../shared/runners/follow-control.js';
import { bind, runStages } from '../../../shared/runners/stage-worker.js';
import type { NotificationTelemetry } from '../telemetry.js';
import { Controls } from './controls.js';
import type { Notifications } from './notifications.js';
import { notifierStage } from './notifier-stage.js';
import { Outbox } from './outbox.js';
import { senderOf } from './senders.js';

/**
 * Starts telling people of alerts, if anybody is to be told.
 *
 * @returns ends it; what is on its way to a channel is given up, and told again by whoever comes next
 */
export async function startNotifier(
  context: WorkerContext,
  {
    notifications,
    codecs,
    telemetry,
  }: {
    readonly notifications: Notifications;
    readonly codecs: Codecs;
    readonly telemetry: NotificationTelemetry;
  },
): Promise<() => Promise<void>> {
  const { log, stopping } = context;
  const settings = notifications.current;
  if (settings === null) {
    log.warn(
      'nobody is told of alerts: neither TACTUS_NOTIFICATIONS_FILE nor TACTUS_ALERT_WEBHOOK_URL is set',
    );
    return async () => {};
  }
  void notifications.follow(stopping);
  const controls = new Controls();
  const unfollow = await followControl(context, {
    topic: 'control.alerts',
    decoder: codecs.decoder('control.alerts'),
    changed: (key, control) => controls.changed(key, control),
  });
  const cut = new AbortController();
  const troubled = new Map<string, number>();
  const observer = {
    call: telemetry.call,
    state: telemetry.channel,
    attempted(channel: string, outcome: 'delivered' | 'failed' | 'given_up', reason: string) {
      telemetry.attempted(channel, outcome);
      const before = troubled.get(channel) ?? 0;
      if (outcome === 'delivered') {
        if (troubled.delete(channel)) log.info({ channel }, `channel ${channel} takes notifications again`);
        return;
      }
      troubled.set(channel, before + 1);
      if (outcome === 'given_up')
        log.error({ channel }, `channel ${channel} refuses a notification for good: ${reason}`);
      else if (before % 10 === 0)
        log.warn({ channel, failures: before + 1 }, `channel ${channel} fails: ${reason}`);
    },
  };
  const decoder = codecs.decoder('alerts');
  const stage = notifierStage({
    decoder,
    decisions: controls,
    live: telemetry.groups,
    open: () => {
      const { channels, routing } = notifications.current ?? settings;
      telemetry.forget();
      const lines = channels.map((settings) => ({
        settings,
        send: senderOf(settings, notifications.targets),
      }));
      return { routing, outbox: new Outbox(lines, observer, Math.random, cut.signal) };
    },
  });
  const drain = await runStages(context, {
    group: 'alerting-notifier',
    stages: {
      'state.alerts': bind({
        stage,
        decoder,
        changelog: 'state.notifications',
        version: () => notifications.version,
      }),
    },
  });
  return async () => {
    await Promise.all([drain(), unfollow()]);
    cut.abort();
  };
}
