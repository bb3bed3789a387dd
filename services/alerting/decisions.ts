import type { Codecs } from '../../shared/adapters/avro/codecs.js';
import { Controls } from '../../shared/alerting/controls.js';
import { Mutes } from '../../shared/alerting/mutes.js';
import type { WorkerContext } from '../../shared/process/context.js';
import { aboutFields } from '../../shared/process/log-fields.js';
import { followControlTopic } from '../../shared/runners/follow-control-topic.js';

/** What people have decided about alerts and anomalies, followed. */
export interface FollowedDecisions {
  readonly controls: Controls;
  readonly mutes: Mutes;
  stop(): Promise<void>;
}

/** Waits until what there is was read. @param changed called after each change */
export async function followDecisions(
  context: WorkerContext,
  codecs: Codecs,
  changed: (controls: Controls) => void,
): Promise<FollowedDecisions> {
  const { clock, health, log } = context;
  const controls = new Controls();
  const mutes = new Mutes();
  health.noteAll('silences', () => controls.remarks(clock.now()));
  const stop = await followControlTopic(context, {
    topic: 'control.alerts',
    decoder: codecs.decoder('control.alerts'),
    changed(key, control) {
      const now = clock.now();
      for (const remark of [controls.changed(key, control, now), mutes.changed(key, control, now)])
        if (remark !== null) log.warn({ key, ...aboutFields(control?.tenantId, null) }, remark);
      changed(controls);
    },
  });
  return { controls, mutes, stop };
}
