import { type Labels, type Matcher, matchesAll } from '../../../shared/alerting/matcher.js';
import type { Millis } from '../../../shared/core/clock.js';
import { formatDuration } from '../../../shared/files/duration.js';
import { channelsOf, groupKey, groupLabels, isMutedAt, type Route, routesFor } from '../notify/routing.js';
import { loadRouting } from '../notify/routing-file.js';

/** A route that takes an alert, and what that means for it. */
export interface FoundRoute {
  readonly route: string;
  /** Alerts of the same group share notifications. */
  readonly group: string;
  readonly groupWait: string;
  readonly groupInterval: string;
  readonly repeatInterval: string;
  readonly channels: readonly {
    readonly name: string;
    readonly type: string;
    /** How long nobody may have acknowledged the alert before it is notified; null: at once. */
    readonly after: string | null;
  }[];
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  /** Whether its times let nobody be notified. */
  readonly muted: boolean;
}

/** What becomes of an alert by a file of channels and routes. */
export interface TestedRoutes {
  readonly routes: readonly FoundRoute[];
  /** Inhibitions that hide the alert while an alert that fits their source fires with the same labels. */
  readonly inhibitedBy: readonly {
    readonly source: readonly string[];
    readonly equal: readonly string[];
    /** Where the alert fits the source itself: the target, which that other alert must not fit. */
    readonly unless?: readonly string[];
  }[];
}

/**
 * Which routes of a file take an alert with some labels. Secrets of channels are not looked up.
 *
 * @param at when it is to be notified
 */
export function testRoutes(file: string, labels: Labels, at: Millis): TestedRoutes {
  const { channels, routing } = loadRouting(file, null);
  const types = new Map(channels.map(({ name, type }) => [name, type]));
  const found = (route: Route): FoundRoute => ({
    route: route.key,
    group: groupKey(route, groupLabels(route, labels)),
    groupWait: formatDuration(route.groupWaitMs),
    groupInterval: formatDuration(route.groupIntervalMs),
    repeatInterval: formatDuration(route.repeatIntervalMs),
    channels: [...channelsOf(route)].map(([name, afterMs]) => ({
      ...{ name, type: types.get(name) ?? '', after: afterMs === 0 ? null : formatDuration(afterMs) },
    })),
    muteTimeIntervals: route.mute.map(({ name }) => name),
    activeTimeIntervals: route.active.map(({ name }) => name),
    muted: isMutedAt(route, at),
  });
  return {
    routes: routesFor(routing.route, labels).map(found),
    inhibitedBy: routing.inhibitions
      .filter(({ target }) => matchesAll(target, labels))
      .map(({ source, target, equal }) => ({
        ...{ source: textsOf(source), equal },
        ...(matchesAll(source, labels) && { unless: textsOf(target) }),
      })),
  };
}

const textsOf = (matchers: readonly Matcher[]) => matchers.map(({ text }) => text);
