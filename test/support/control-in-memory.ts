import type { TopicValues } from '../../schemas/types.js';
import { loadConfig } from '../../shared/config/load.js';
import type { ControlAccess } from '../../shared/control/control-access.js';
import type { Millis } from '../../shared/core/clock.js';
import type { AuditEntry } from '../../shared/runners/audit-trail.js';
import type { TopicName } from '../../topics/names.js';

/** Control topics without Kafka, for what decides about their records; `ann` acts. */
export function controlInMemory(
  now: Millis,
  env: Record<string, string> = {},
): {
  readonly access: ControlAccess;
  /** The entries of `audit`, in order. */
  readonly audit: AuditEntry[];
  latest<N extends TopicName>(topic: N): Map<string, TopicValues[N]>;
} {
  const topics = new Map<TopicName, Map<string, unknown>>();
  const audit: AuditEntry[] = [];
  const latest = <N extends TopicName>(topic: N) => {
    const found = topics.get(topic) ?? new Map<string, unknown>();
    topics.set(topic, found);
    return found as Map<string, TopicValues[N]>;
  };
  return {
    ...{ audit, latest },
    access: {
      ...{ config: loadConfig(env), clock: { now: () => now }, user: 'ann' },
      latest: async (topic) => latest(topic),
      async write(...steps) {
        for (const { changes, entries } of steps) {
          for (const { topic, key, value } of changes)
            if (value === null) latest(topic).delete(key);
            else latest(topic).set(key, value);
          audit.push(...entries);
        }
      },
    },
  };
}
