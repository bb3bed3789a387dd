import type { Alert } from '../../../schemas/types.js';
import { type Labels, type Matcher, matchesAll } from '../../../shared/alerting/matcher.js';
import { FLAPPING_ANNOTATION } from '../../../shared/alerting/rules/rule.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { Place } from './notification.js';
import type { TimeInterval } from './time-intervals.js';

/** The channels that are notified too when an alert was not acknowledged for so long. */
export interface Escalation {
  readonly afterMs: Millis;
  readonly channels: readonly string[];
}

/** A node of the routing tree, with what it inherits filled in. */
export interface Route {
  /** Identifies it by the matchers on the way to it, as Alertmanager does: stays when others are added. */
  readonly key: string;
  readonly match: readonly Matcher[];
  readonly channels: readonly string[];
  /** Labels whose values distinguish groups; null for all of them, which is a group per alert. */
  readonly groupBy: readonly string[] | null;
  readonly groupWaitMs: Millis;
  readonly groupIntervalMs: Millis;
  readonly repeatIntervalMs: Millis;
  readonly escalate: readonly Escalation[];
  /** While one of these lasts nobody is notified of what fires. */
  readonly mute: readonly TimeInterval[];
  /** Where there are any, somebody is notified only while one of these lasts. */
  readonly active: readonly TimeInterval[];
  /** Whether the siblings after it are tried as well when it matches. */
  readonly goOn: boolean;
  readonly routes: readonly Route[];
}

/** While an alert that matches `source` fires, those that match `target` with equal labels cause no notification. */
export interface Inhibition {
  readonly source: readonly Matcher[];
  readonly target: readonly Matcher[];
  readonly equal: readonly string[];
}

export interface Routing {
  readonly route: Route;
  /** Of the alert that always fires, and of no other; null where nobody expects it. */
  readonly watchdog: Route | null;
  readonly inhibitions: readonly Inhibition[];
}

/** The name of the alert that always fires, as kube-prometheus has it. */
export const WATCHDOG = 'Watchdog';
/** A beat that is older says nothing any more: commits wait for each other, and for an election of a leader. */
const STALE_MS: Millis = 60_000;

/** Whether it is the alert that always fires, and not one of a rule of that name, which has a tenant. */
export function isWatchdog({ rule, tenantId }: Pick<Alert, 'rule' | 'tenantId'>): boolean {
  return rule === WATCHDOG && tenantId === '';
}

/** Whether the evaluation of rules went on until lately, as far as a beat of it says. */
export function beatsStill({ updatedAt }: Pick<Alert, 'updatedAt'>, now: Millis): boolean {
  return now - updatedAt <= STALE_MS;
}

/** Whether an alert has a route: only the one that always fires may have none. */
export function isRouted({ watchdog }: Routing, alert: Pick<Alert, 'rule' | 'tenantId'>): boolean {
  return watchdog !== null || !isWatchdog(alert);
}

/** The routes of an alert. */
export function routesOf(
  { route, watchdog }: Routing,
  alert: Pick<Alert, 'rule' | 'tenantId' | 'labels'>,
): Route[] {
  if (!isWatchdog(alert)) return routesFor(route, alert.labels);
  return watchdog === null ? [] : [watchdog];
}

/** Whether the times of a route let nobody be notified of what fires. */
export function isMutedAt({ mute, active }: Pick<Route, 'mute' | 'active'>, at: Millis): boolean {
  const lasts = (interval: TimeInterval) => interval.includes(at);
  return mute.some(lasts) || (active.length > 0 && !active.some(lasts));
}

/** The deepest routes that match, found as Alertmanager does; the root matches everything. */
export function routesFor(route: Route, labels: Labels): Route[] {
  if (!matchesAll(route.match, labels)) return [];
  const found: Route[] = [];
  for (const child of route.routes) {
    const deeper = routesFor(child, labels);
    found.push(...deeper);
    if (deeper.length > 0 && !child.goOn) break;
  }
  return found.length > 0 ? found : [route];
}

/** Whether an alert flaps: then it counts as firing, whatever its state of the moment. */
export function isFlapping({ annotations }: Pick<Alert, 'annotations'>): boolean {
  return annotations[FLAPPING_ANNOTATION] !== undefined;
}

/** The labels that the alerts of a group have in common by the route's `groupBy`. */
export function groupLabels(route: Route, labels: Labels): Record<string, string> {
  const names = route.groupBy ?? Object.keys(labels);
  const kept = [...names].sort().filter((name) => Object.hasOwn(labels, name));
  return Object.fromEntries(kept.map((name) => [name, labels[name] ?? '']));
}

/** Identifies a group, in Alertmanager's notation. */
export function groupKey(route: Route, labels: Labels): string {
  const text = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `${route.key}:{${text.join(', ')}}`;
}

/** All nodes of a tree. */
export function allRoutes(route: Route): Route[] {
  return [route, ...route.routes.flatMap(allRoutes)];
}

/** The channels of a route, those of its escalations included, and after how long each is notified. */
export function channelsOf(route: Route): Map<string, Millis> {
  const afterMs = new Map<string, Millis>(route.channels.map((channel) => [channel, 0]));
  for (const { afterMs: ms, channels } of route.escalate)
    for (const channel of channels) afterMs.set(channel, Math.min(ms, afterMs.get(channel) ?? ms));
  return afterMs;
}

/** Whether a notification of a group is at one of some places, for any of its channels. */
export function isHeld(
  { key, route }: { readonly key: string; readonly route: Route },
  placeOf: (groupKey: string, channel: string) => Place | null,
  ...places: readonly Place[]
): boolean {
  return [...channelsOf(route).keys()].some((channel) => {
    const place = placeOf(key, channel);
    return place !== null && places.includes(place);
  });
}

/** The step of the escalation that notifies a channel, from 1; 0 for one that is notified at once. */
export function escalationOf(route: Route, channel: string): number {
  if (route.channels.includes(channel)) return 0;
  const steps = [...route.escalate].sort((a, b) => a.afterMs - b.afterMs);
  return 1 + steps.findIndex(({ channels }) => channels.includes(channel));
}

/** A test whether an alert is inhibited. @param firing the alerts that fire now */
export function inhibitedBy(
  inhibitions: readonly Inhibition[],
  firing: readonly Pick<Alert, 'labels'>[],
): (alert: Pick<Alert, 'labels'>) => boolean {
  const rules = inhibitions.map((rule) => {
    /** By the equal labels, whether one of the sources is on that side alone. */
    const sources = new Map<string, boolean>();
    for (const { labels } of firing) {
      if (!matchesAll(rule.source, labels)) continue;
      const equal = equalLabels(rule.equal, labels);
      sources.set(equal, sources.get(equal) === true || !matchesAll(rule.target, labels));
    }
    return { ...rule, sources };
  });
  return ({ labels }) =>
    rules.some(({ source, target, equal, sources }) => {
      if (sources.size === 0 || !matchesAll(target, labels)) return false;
      const isAlone = sources.get(equalLabels(equal, labels));
      // What is on both sides does not inhibit itself, nor others like it one another, as with Alertmanager.
      return matchesAll(source, labels) ? isAlone === true : isAlone !== undefined;
    });
}

function equalLabels(names: readonly string[], labels: Labels): string {
  return JSON.stringify(names.map((name) => labels[name] ?? ''));
}
