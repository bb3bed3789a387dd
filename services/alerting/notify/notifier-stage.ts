import { createHash } from 'node:crypto';
import type { Alert, AlertNotification } from '../../../schemas/types.js';
import { hasFired } from '../../../shared/alerting/alerts/alert-book.js';
import { eachValue } from '../../../shared/alerting/alerts/alerting-stage.js';
import type { Millis } from '../../../shared/core/clock.js';
import { OutputBatch } from '../../../shared/core/output-batch.js';
import type { Stage, StateChange, StepResult } from '../../../shared/core/stage.js';
import type { ValueDecoder, ValueEncoder } from '../../../shared/ports/codec.js';
import type { Decisions, Group, MutedBy, Notified, Tracked } from './groups.js';
import type {
  Notification,
  NotificationOutbox,
  Place,
  Plan,
  Suppressed,
  SuppressReason,
} from './notification.js';
import { attemptRecords, noteSuppressed, suppressedRecord } from './notification-records.js';
import {
  beatsStill,
  channelsOf,
  escalationOf,
  groupKey,
  groupLabels,
  inhibitedBy,
  isFlapping,
  isHeld,
  isMutedAt,
  isRouted,
  isWatchdog,
  type Routing,
  routesOf,
} from './routing.js';

export interface NotifierStageOptions {
  readonly decoder: ValueDecoder<Alert>;
  readonly encoder: ValueEncoder<AlertNotification>;
  readonly decisions: Decisions;
  /** Called at each restore: the routing in force then, and an empty outbox. */
  readonly open: () => { readonly routing: Routing; readonly outbox: NotificationOutbox };
  readonly live: (size: { alerts: number; groups: number }) => void;
  /** Called for each alert that a channel is notified of for the first time since it fires. */
  readonly notified?: (alert: Alert, channel: string, now: Millis) => void;
  /** Called with how many alerts of a notification have no record, because there are too many. */
  readonly unrecorded: (alerts: number) => void;
}

export interface NotifierState {
  readonly dispatcher: Dispatcher;
  readonly outbox: NotificationOutbox;
  nextOffset: number;
}

/**
 * Notifies channels of alerts. Its input, `state.alerts`, has one partition, so exactly one instance notifies,
 * and its state is in a changelog of its own: a notification counts only once it was delivered, and is
 * committed with the offset. After a crash a notification may be sent twice, with the same id; none is lost.
 * While alerts wait to be read nothing is sent: channels see the present state only.
 */
export function notifierStage(options: NotifierStageOptions): Stage<NotifierState> {
  return {
    restore(saved) {
      const { routing, outbox } = options.open();
      const placeOf = (groupKey: string, channel: string) => outbox.placeOf(groupKey, channel);
      const dispatcher = new Dispatcher(routing, outbox.channels, saved.changelog, placeOf);
      return { dispatcher, outbox, nextOffset: saved.checkpoint?.offset ?? 0 };
    },
    release: ({ outbox }) => outbox.close(),
    checkpoint: (state) => ({ offset: state.nextOffset, metadata: '' }),
    step(state, batch, now): StepResult<NotifierState> {
      const { dispatcher, outbox } = state;
      const outputs = new OutputBatch();
      const record = (one: AlertNotification) =>
        outputs.add({ topic: 'notifications', key: one.fingerprint, value: options.encoder.encode(one) });
      const refusals = eachValue(options.decoder, batch, (alert) => {
        if (hasFired(alert.annotations)) dispatcher.observe(alert, now);
      });
      state.nextOffset = batch.nextOffset;
      for (const attempt of outbox.takeAttempts()) {
        if (attempt.notification.firing.some(isWatchdog)) continue;
        const { records, left } = attemptRecords(attempt);
        for (const one of records) record(one);
        if (left > 0) options.unrecorded(left);
      }
      for (const notification of outbox.take())
        for (const alert of dispatcher.delivered(notification, now))
          if (!isWatchdog(alert)) options.notified?.(alert, notification.channel, now);
      if (batch.atEnd && batch.length === 0) {
        const { notify, withdraw, suppressed } = dispatcher.plan(options.decisions, now);
        for (const one of suppressed) record(suppressedRecord(one, outbox.kindOf(one.channel), now));
        for (const { groupKey, channel } of withdraw) outbox.withdraw(groupKey, channel);
        for (const notification of notify) outbox.offer(notification);
        outbox.pump(now);
        options.live(dispatcher.size);
      }
      return { state, refusals, outputs, changes: dispatcher.drain() };
    },
  };
}

/** Most alerts in one notification; the rest is counted in it. */
const MAX_PER_NOTIFICATION = 100;
/** Instructions of patterns that one call of `plan` may be at: each takes at most some microseconds. */
const MAX_EFFORT = 1_000_000;
/** After this time the end of an alert that no channel accepts is given up. */
const KEEP_ENDED_MS = 86_400_000;

/**
 * Decides which channel is notified of what, and when: routes alerts into groups, evaluates each group after
 * its wait and then at its intervals, and compares what fires with what each channel was last sent, as
 * Alertmanager's notification log does. Silenced and inhibited alerts count as absent, but the end of an
 * alert that a channel was notified of is always sent. It does no I/O: `delivered` records what was
 * delivered, and everything it needs to resume after a restart is in the changes that `drain` returns.
 */
export class Dispatcher {
  readonly #alerts = new Map<string, Tracked>();
  readonly #groups = new Map<string, Group>();
  readonly #changed = new Set<string>();
  /** Groups of which something was delivered, and when. */
  readonly #delivered = new Map<Group, Millis>();

  /**
   * @param saved the changelog; what belongs to routes that are gone is forgotten
   * @param placeOf where a notification is that was planned
   */
  constructor(
    private readonly routing: Routing,
    private readonly channels: ReadonlySet<string>,
    saved: Iterable<readonly [key: string, value: Buffer]> = [],
    private readonly placeOf: (groupKey: string, channel: string) => Place | null = () => null,
  ) {
    const entries = [...saved].map(([key, value]) => [key, JSON.parse(value.toString('utf8'))] as const);
    for (const [key, value] of entries) if (key.startsWith('a|')) this.#route(value as Tracked, 0);
    // All of that is in the changelog already.
    this.#changed.clear();
    for (const [fingerprint, { alert }] of this.#alerts)
      if (!isRouted(routing, alert)) {
        this.#alerts.delete(fingerprint);
        this.#changed.add(`a|${fingerprint}`);
      }
    for (const [key, value] of entries) if (!key.startsWith('a|')) this.#resume(key, value);
  }

  /** An alert has begun to fire, or is over; one that flaps fires until it does so no more. */
  observe(written: Alert, now: Millis): void {
    const { fingerprint } = written;
    const alert: Alert = isFlapping(written) ? { ...written, state: 'firing', endsAt: null } : written;
    if (!isRouted(this.routing, alert)) return;
    const known = this.#alerts.get(fingerprint);
    if (alert.state === 'resolved') {
      if (known === undefined) return;
      this.#keep({ ...known, alert, endedAt: known.endedAt ?? now });
    } else if (alert.state === 'firing') {
      const since = known === undefined || known.endedAt !== null ? now : known.since;
      this.#route({ alert, since, endedAt: null }, now);
    }
  }

  /** Evaluates the groups that are due; where that is much work, those that have waited longest, until the next call. */
  plan(decisions: Decisions, now: Millis): Plan {
    const notify: Notification[] = [];
    const withdraw: { groupKey: string; channel: string }[] = [];
    const suppressed: Suppressed[] = [];
    let muted: MutedBy | null = null;
    let effort = 0;
    for (const group of [...this.#groups.values()]) {
      if (now < group.dueAt) continue;
      if (effort > MAX_EFFORT) break;
      effort += decisions.effort * group.members.size;
      // To the end: behind those that are still due.
      this.#groups.delete(group.key);
      this.#groups.set(group.key, group);
      muted ??= this.#mutedAt(decisions, now);
      for (const channel of channelsOf(group.route).keys()) {
        const notification = this.#wanted(group, channel, decisions, muted, suppressed, now);
        if (notification === null) withdraw.push({ groupKey: group.key, channel });
        else notify.push(notification);
      }
      // What is under way may notify its channel of an alert that has ended; what waits is replaced, or withdrawn.
      if (!isHeld(group, this.placeOf, 'sending')) this.#clean(group, now);
      group.dueAt = this.#nextDue(group, now);
      this.#changed.add(`g|${group.key}`);
    }
    return { notify, withdraw, suppressed };
  }

  /** A notification was delivered, or will never be. @returns the alerts that are news to its channel */
  delivered({ groupKey: key, channel, firing, resolved }: Notification, now: Millis): Alert[] {
    const group = this.#groups.get(key);
    if (group === undefined) return [];
    const ended = new Set(resolved.map(({ fingerprint }) => fingerprint));
    const before = (group.notified.get(channel)?.firing ?? []).filter(
      (fingerprint) => !ended.has(fingerprint),
    );
    const known = new Set(before);
    const news = firing.filter(({ fingerprint }) => !known.has(fingerprint));
    const sent = new Set(firing.map(({ fingerprint }) => fingerprint));
    const flapping = [
      ...(group.notified.get(channel)?.flapping ?? []).filter((one) => !sent.has(one) && !ended.has(one)),
      ...firing.filter(isFlapping).map(({ fingerprint }) => fingerprint),
    ];
    group.notified.set(channel, {
      firing: [...before, ...news.map(({ fingerprint }) => fingerprint)],
      ...(flapping.length > 0 && { flapping }),
      at: now,
    });
    this.#changed.add(`n|${key}|${channel}`);
    this.#delivered.set(group, now);
    return news;
  }

  drain(): StateChange[] {
    // Not sooner: more that is of the same group may have been delivered at the same time.
    for (const [group, at] of this.#delivered)
      if (this.#groups.get(group.key) === group && !isHeld(group, this.placeOf, 'sending', 'waiting'))
        this.#clean(group, at);
    this.#delivered.clear();
    const changes = [...this.#changed].map((key): StateChange => {
      const value = this.#saved(key);
      return { key, value: value === null ? null : Buffer.from(JSON.stringify(value)) };
    });
    this.#changed.clear();
    return changes;
  }

  get size(): { alerts: number; groups: number } {
    return { alerts: this.#alerts.size, groups: this.#groups.size };
  }

  #wanted(
    group: Group,
    channel: string,
    decisions: Decisions,
    muted: MutedBy,
    suppressed: Suppressed[],
    now: Millis,
  ): Notification | null {
    const last = group.notified.get(channel);
    const known = new Set(last?.firing);
    const afterMs = channelsOf(group.route).get(channel) ?? 0;
    const members = [...group.members].flatMap((fingerprint) => this.#alerts.get(fingerprint) ?? []);
    const resolved = members.filter(({ alert, endedAt }) => endedAt !== null && known.has(alert.fingerprint));
    const about = { groupKey: group.key, channel, escalation: escalationOf(group.route, channel) };
    const outside = isMutedAt(group.route, now);
    // Also while it was pending: lists show it as acknowledged from then on.
    const open = ({ alert, since }: Tracked) =>
      !decisions.acknowledged(alert, Math.min(since, alert.startsAt));
    const firing = members.filter((one) => {
      if (one.endedAt !== null) return false;
      if (isWatchdog(one.alert)) return beatsStill(one.alert, now);
      const isKnown = known.has(one.alert.fingerprint);
      if (!isKnown && afterMs > 0 && (now - one.since < afterMs || !open(one))) return false;
      const reason = muted(one) ?? (outside ? 'muted' : null);
      if (!isKnown) noteSuppressed(group.suppressed, { ...about, alert: one.alert }, reason, suppressed);
      return reason === null;
    });
    const begins = firing.some(({ alert }) => !known.has(alert.fingerprint));
    // Nobody is reminded of one that flaps.
    const lasts = firing.some((one) => open(one) && !isFlapping(one.alert));
    const repeats = last !== undefined && now - last.at >= group.route.repeatIntervalMs && lasts;
    const flapped = new Set(last?.flapping);
    const flaps = firing.some(({ alert }) => isFlapping(alert) !== flapped.has(alert.fingerprint));
    if (!begins && resolved.length === 0 && !repeats && !flaps) return null;
    const alertsOf = (all: readonly Tracked[]) =>
      all
        .map(({ alert }) => alert)
        .sort((a, b) => a.startsAt - b.startsAt || (a.fingerprint < b.fingerprint ? -1 : 1));
    const shown = { firing: alertsOf(firing), resolved: alertsOf(resolved) };
    const state = [...shown.firing, ...shown.resolved].map((one) => [
      one.fingerprint,
      one.startsAt,
      one.endsAt,
      ...(isFlapping(one) ? ['flapping'] : []),
    ]);
    const identity = JSON.stringify([group.key, channel, last?.at ?? 0, state]);
    return {
      id: createHash('sha256').update(identity).digest('hex').slice(0, 32),
      ...about,
      groupLabels: group.labels,
      status: firing.length > 0 ? 'firing' : 'resolved',
      ...shown,
      ...(!begins && !repeats && { noneBegins: true as const }),
      ...(flaps && { flaps: true as const }),
      truncated: Math.max(0, firing.length + resolved.length - MAX_PER_NOTIFICATION),
    };
  }

  /** Silences and inhibitions as they are at one moment. */
  #mutedAt(decisions: Decisions, now: Millis): MutedBy {
    const firing = [...this.#alerts.values()].filter(({ endedAt }) => endedAt === null);
    const isInhibited = inhibitedBy(
      this.routing.inhibitions,
      firing.map(({ alert }) => alert),
    );
    const mutedBy = ({ alert }: Tracked): SuppressReason | null => {
      if (decisions.silenced(alert, now)) return 'silenced';
      return isInhibited(alert) ? 'inhibited' : null;
    };
    // Each channel of each group asks.
    const known = new Map<Tracked, SuppressReason | null>();
    return (tracked) => {
      const before = known.get(tracked);
      if (before !== undefined) return before;
      const found = mutedBy(tracked);
      known.set(tracked, found);
      return found;
    };
  }

  #nextDue({ route, members }: Group, now: Millis): Millis {
    let next = now + route.groupIntervalMs;
    for (const fingerprint of members) {
      const since = this.#alerts.get(fingerprint)?.since ?? now;
      for (const { afterMs } of route.escalate)
        if (since + afterMs > now) next = Math.min(next, since + afterMs);
    }
    return next;
  }

  /** Forgets ended alerts that no channel was last shown as firing, and the group when it is empty. */
  #clean(group: Group, now: Millis): void {
    const known = new Set([...group.notified.values()].flatMap(({ firing }) => firing));
    for (const fingerprint of [...group.members]) {
      const endedAt = this.#alerts.get(fingerprint)?.endedAt ?? null;
      if (endedAt === null || (known.has(fingerprint) && now - endedAt < KEEP_ENDED_MS)) continue;
      group.members.delete(fingerprint);
      group.suppressed.delete(fingerprint);
      this.#forgetUnlessGrouped(fingerprint);
    }
    if (group.members.size > 0) return;
    this.#groups.delete(group.key);
    this.#changed.add(`g|${group.key}`);
    for (const channel of group.notified.keys()) this.#changed.add(`n|${group.key}|${channel}`);
  }

  /** An alert that matches several routes is in several groups. */
  #forgetUnlessGrouped(fingerprint: string): void {
    const alert = this.#alerts.get(fingerprint)?.alert;
    if (alert === undefined) return;
    const grouped = routesOf(this.routing, alert).some((route) =>
      this.#groups.get(groupKey(route, groupLabels(route, alert.labels)))?.members.has(fingerprint),
    );
    if (grouped) return;
    this.#alerts.delete(fingerprint);
    this.#changed.add(`a|${fingerprint}`);
  }

  #keep(tracked: Tracked): void {
    const { fingerprint } = tracked.alert;
    this.#alerts.set(fingerprint, tracked);
    this.#changed.add(`a|${fingerprint}`);
  }

  #route(tracked: Tracked, now: Millis): void {
    this.#keep(tracked);
    for (const route of routesOf(this.routing, tracked.alert)) {
      const labels = groupLabels(route, tracked.alert.labels);
      const key = groupKey(route, labels);
      let group = this.#groups.get(key);
      if (group === undefined) {
        group = {
          key,
          route,
          labels,
          dueAt: now + route.groupWaitMs,
          members: new Set(),
          notified: new Map(),
          suppressed: new Map(),
        };
        this.#groups.set(key, group);
        this.#changed.add(`g|${key}`);
      }
      group.members.add(tracked.alert.fingerprint);
    }
  }

  /** Restores what was saved of a group: when it is due, or what a channel was last sent. */
  #resume(key: string, value: unknown): void {
    const kind = key.slice(0, 2);
    const end = kind === 'n|' ? key.lastIndexOf('|') : key.length;
    const group = this.#groups.get(key.slice(2, end));
    const channel = key.slice(end + 1);
    if (group !== undefined && kind === 'g|') group.dueAt = (value as { dueAt: Millis }).dueAt;
    else if (group !== undefined && this.channels.has(channel))
      group.notified.set(channel, value as Notified);
    else this.#changed.add(key);
  }

  #saved(key: string): unknown {
    const [kind, rest] = [key.slice(0, 2), key.slice(2)];
    if (kind === 'a|') return this.#alerts.get(rest) ?? null;
    if (kind === 'g|') {
      const group = this.#groups.get(rest);
      return group === undefined ? null : { dueAt: group.dueAt };
    }
    const end = rest.lastIndexOf('|');
    return this.#groups.get(rest.slice(0, end))?.notified.get(rest.slice(end + 1)) ?? null;
  }
}
