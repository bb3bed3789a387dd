import type { Alert } from '../../../schemas/types.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { Route } from './routing.js';

/** An alert that fires, or has ended without every channel knowing it. */
export interface Tracked {
  readonly alert: Alert;
  /** Wall clock since which it has been firing. */
  readonly since: Millis;
  /** Wall clock of its end; null while it fires. */
  readonly endedAt: Millis | null;
}

/** What a channel was told of a group last. */
export interface Told {
  /** Fingerprints of the alerts that it takes to be firing. */
  readonly firing: readonly string[];
  readonly at: Millis;
}

/** Alerts that are told together. */
export interface Group {
  readonly key: string;
  readonly route: Route;
  readonly labels: Readonly<Record<string, string>>;
  /** Wall clock of the next look at it. */
  dueAt: Millis;
  readonly members: Set<string>;
  /** By channel. */
  readonly told: Map<string, Told>;
}

/** What a channel is to be told now. */
export interface Notification {
  /** The same for the same content, so that a receiver can tell a repetition. */
  readonly id: string;
  readonly channel: string;
  readonly groupKey: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly status: 'firing' | 'resolved';
  readonly firing: readonly Alert[];
  readonly resolved: readonly Alert[];
  /** Alerts that were left out because there are too many, or because they are silenced or inhibited. */
  readonly truncated: number;
}

/** The people and programs that a group's alerts go to: the route's channels, and those of escalations. */
export function channelsOf(route: Route): Map<string, Millis> {
  const afterMs = new Map<string, Millis>(route.channels.map((channel) => [channel, 0]));
  for (const { afterMs: ms, channels } of route.escalate)
    for (const channel of channels) afterMs.set(channel, Math.min(ms, afterMs.get(channel) ?? ms));
  return afterMs;
}
