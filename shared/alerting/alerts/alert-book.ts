import type { Alert } from '../../../schemas/types.js';
import type { Millis } from '../../core/clock.js';
import { SharedRoom } from '../../core/tenant-shares.js';
import { formatDuration } from '../../files/duration.js';
import type { Series } from '../../wire/series.js';
import { alertLabels, fingerprintOf, isFor, NO_DATA_ANNOTATION, type Rule } from '../rules/rule.js';
import type { LiveAlert, Member } from './live-alert.js';

const VERSION = 2;

type StoredMember = readonly [hash: string, lastAt: Millis, okSince: Millis | null, untimed?: true];

interface Stored extends Omit<LiveAlert, 'members'> {
  readonly v: number;
  readonly members: readonly StoredMember[];
}

/** The alert as a changelog value. */
export function saveAlert(alert: LiveAlert): Buffer {
  const members = [...alert.members].map(
    ([hash, { lastAt, okSince, untimed }]): StoredMember =>
      untimed ? [hash, lastAt, okSince, true] : [hash, lastAt, okSince],
  );
  return Buffer.from(JSON.stringify({ ...alert, v: VERSION, members } satisfies Stored));
}

/** Null for a value of another version. */
export function loadAlert(bytes: Buffer): LiveAlert | null {
  let stored: Stored;
  try {
    stored = JSON.parse(bytes.toString('utf8')) as Stored;
  } catch {
    // Not JSON: another version wrote it; the caller counts it.
    return null;
  }
  if (stored?.v !== VERSION) return null;
  const { v: _, members, ...alert } = stored;
  return {
    ...alert,
    members: new Map(
      members.map(([hash, lastAt, okSince, untimed = false]) => [
        hash,
        { lastAt, seenAt: null, okSince, untimed },
      ]),
    ),
  };
}

/** The alert as a record of `alerts`. */
export function toRecord(
  alert: LiveAlert,
  now: Millis,
  end?: { readonly at: Millis; readonly annotations: Readonly<Record<string, string>> },
): Alert {
  const { fingerprint, rule, tenantId, severity, labels, value, startsAt } = alert;
  return {
    fingerprint,
    rule,
    tenantId,
    state: end === undefined ? alert.state : 'resolved',
    severity,
    labels,
    annotations: { ...alert.annotations, ...end?.annotations },
    value,
    startsAt,
    endsAt: end?.at ?? null,
    updatedAt: now,
  };
}

/** Why an alert is over; stands in the annotation `resolution` of its last record. */
export type Resolution = 'recovered' | 'silent' | 'never_fired' | 'rule_removed' | 'rule_changed';

export function resolutionAnnotations(resolution: Resolution, staleAfterMs: Millis): Record<string, string> {
  const texts: Record<Resolution, string> = {
    recovered: 'the condition no longer holds',
    silent: `nothing more was seen for ${formatDuration(staleAfterMs)}`,
    never_fired: 'the condition ended before the alert fired',
    rule_removed: 'the rule is no longer in force',
    rule_changed: 'the rule was changed',
  };
  return { resolution, resolution_text: texts[resolution] };
}

/** False for the end of an alert that was only ever pending: nobody was notified of its beginning. */
export function hasFired(annotations: Readonly<Record<string, string>>): boolean {
  return annotations.resolution !== ('never_fired' satisfies Resolution);
}

/**
 * Why an alert was not raised, a series not added to it or not watched, or windows not joined: `tenant` has its
 * share of one of these.
 */
export const DROP_REASONS = ['limit', 'members', 'watched', 'joins', 'tenant'] as const;
export type DropReason = (typeof DROP_REASONS)[number];

export interface AlertBookOptions {
  /** Most series in all live alerts together. */
  readonly maxMembers: number;
  readonly dropped: (reason: DropReason) => void;
  /** Takes each change of state, of an event time, before it is written, and gives what is to be written. */
  readonly marked: (alert: Alert, at: Millis) => Alert;
  /** A series of a rule with `noData: alert` that is not watched goes silent after so long, as one that is does in the end. */
  readonly forgetAfterMs: Millis;
  readonly isWatched: (rule: string, series: string) => boolean;
}

/** The condition of a rule holds for a series. */
export interface Observation {
  readonly rule: Rule;
  readonly staleAfterMs: Millis;
  readonly subject: Series;
  /** Hash of the series' identity. */
  readonly series: string;
  /** Event time: end of the window. */
  readonly at: Millis;
  readonly value: number;
  /** As of {@link Member}. */
  readonly untimed: boolean;
  /** Makes the annotations; called when its state changes. */
  readonly annotate: (labels: Readonly<Record<string, string>>) => Record<string, string>;
}

/** Most series in one alert, which keeps its changelog record within some 10 KB. */
const MAX_MEMBERS_PER_ALERT = 200;

/**
 * The live alerts of one input partition: pending > firing > resolved, in event time.
 *
 * The condition of an alert holds while it holds for at least one series of its group (a member). It
 * is pending from the first time, fires once it has held for the rule's `for`, and is resolved when
 * the last member recovers, for as long as the rule's `keepFiringFor`, or goes silent (unless the rule
 * says otherwise of silence). Each change of state is written once. A pending alert whose condition ends
 * is written as resolved too, with the resolution `never_fired`: otherwise a compacted
 * topic would show it as pending for ever. What is not later than the last observation of a member
 * is ignored.
 */
export class AlertBook {
  readonly #alerts = new Map<string, LiveAlert>();
  /** `rule|series` to fingerprint. */
  readonly #byMember = new Map<string, string>();
  readonly #changed = new Set<string>();
  readonly #room: SharedRoom;
  #transitions: Alert[] = [];

  constructor(
    readonly options: AlertBookOptions,
    alerts: Iterable<LiveAlert> = [],
  ) {
    this.#room = new SharedRoom(options.maxMembers);
    for (const alert of alerts) {
      this.#alerts.set(alert.fingerprint, alert);
      for (const series of alert.members.keys())
        this.#byMember.set(`${alert.rule}|${series}`, alert.fingerprint);
    }
  }

  /** True when no series is in any alert: then nothing can recover. */
  get isEmpty(): boolean {
    return this.#byMember.size === 0;
  }

  count(): { pending: number; firing: number } {
    let firing = 0;
    for (const alert of this.#alerts.values()) if (alert.state === 'firing') firing++;
    return { pending: this.#alerts.size - firing, firing };
  }

  /** The condition holds for a series. */
  holds(observation: Observation, now: Millis): void {
    const { rule, subject, series, at, value, staleAfterMs, untimed } = observation;
    const labels = alertLabels(rule, subject);
    const fingerprint = fingerprintOf(rule.name, subject.tenantId, labels);
    const before = this.#lookUp(rule.name, series);
    if (before !== null) {
      if (at <= before.member.lastAt) return;
      if (before.alert.fingerprint !== fingerprint) this.#leave(before, at, 'rule_changed', now);
      else if (wasSilent(before, at)) this.#goneSilent(before, now);
    }
    let alert = this.#alerts.get(fingerprint);
    if (!this.#admit(alert, series, subject.tenantId)) return;
    const known = alert !== undefined;
    alert ??= {
      fingerprint,
      rule: rule.name,
      tenantId: subject.tenantId,
      severity: rule.severity,
      labels,
      state: rule.forMs === 0 ? 'firing' : 'pending',
      annotations: {},
      value,
      startsAt: at,
      staleAfterMs,
      keepFiringForMs: rule.keepFiringForMs,
      noData: rule.noData,
      members: new Map(),
    };
    alert.members.set(series, { lastAt: at, seenAt: now, okSince: null, untimed });
    alert.value = value;
    alert.staleAfterMs = staleAfterMs;
    alert.keepFiringForMs = rule.keepFiringForMs;
    alert.noData = rule.noData;
    this.#alerts.set(fingerprint, alert);
    if (this.#room.counting && !this.#byMember.has(`${rule.name}|${series}`))
      this.#room.added(alert.tenantId);
    this.#byMember.set(`${rule.name}|${series}`, fingerprint);
    this.#changed.add(fingerprint);
    const fires = alert.state === 'pending' && at - alert.startsAt >= rule.forMs;
    if (fires) alert.state = 'firing';
    if (fires || !known) {
      alert.annotations = observation.annotate(labels);
      this.#write(toRecord(alert, now), at);
    }
  }

  /** The condition does not hold (any more) for a series. */
  ends(rule: string, series: string, at: Millis, value: number, now: Millis): void {
    const found = this.#lookUp(rule, series);
    if (found === null || at <= found.member.lastAt) return;
    if (wasSilent(found, at)) {
      this.#goneSilent(found, now);
      return;
    }
    const { alert, member } = found;
    if (alert.members.size === 1 && Number.isFinite(value)) alert.value = value;
    if (alert.state === 'firing' && alert.keepFiringForMs > 0) {
      member.okSince ??= at;
      member.lastAt = at;
      member.seenAt = now;
      this.#changed.add(alert.fingerprint);
      if (at - member.okSince < alert.keepFiringForMs) return;
    }
    this.#leave(found, at, 'recovered', now);
  }

  /** A series that was missing is there, whatever its time: what its absence has raised may go by the wall clock. */
  appears(rule: string, series: string, at: Millis, now: Millis): void {
    const found = this.#lookUp(rule, series);
    if (found !== null) this.#leave(found, at, 'recovered', now);
  }

  /** The series is forgotten: it will not be seen again. */
  forget(rule: string, series: string, now: Millis): void {
    const found = this.#lookUp(rule, series);
    if (found !== null) this.#goneSilent(found, now);
  }

  /** True if a series is in an alert of the rule that fires. */
  fires(rule: string, series: string): boolean {
    return this.#lookUp(rule, series)?.alert.state === 'firing';
  }

  /**
   * Takes out the series that have gone silent: by event time if `eventTime` is given, by the wall
   * clock if the input has been `readToEnd` (otherwise the series' windows may be waiting there).
   *
   * @param time `timed`: the event time is that of all windows, which measures alone, but for members of which it says
   * nothing
   */
  sweep(
    now: Millis,
    time: { readonly eventTime: Millis | null; readonly readToEnd: boolean; readonly timed: boolean },
  ): void {
    const { eventTime, readToEnd, timed } = time;
    for (const alert of [...this.#alerts.values()]) {
      for (const [series, member] of [...alert.members]) {
        member.seenAt ??= now;
        const patience = this.#patienceMs(alert, series, member);
        const byEvent = eventTime !== null && !member.untimed && eventTime - member.lastAt >= patience;
        const byClock = readToEnd && (!timed || member.untimed) && now - member.seenAt >= patience;
        if (byEvent || byClock) this.#goneSilent({ alert, series, member }, now);
      }
    }
  }

  /** Resolves the alerts that the rules in force would not raise; the others last for as long as their rule says now. */
  keepOnly(rules: ReadonlyMap<string, Rule>, stale: (rule: Rule) => Millis, now: Millis): void {
    for (const alert of [...this.#alerts.values()]) {
      const rule = rules.get(alert.rule);
      if (rule !== undefined && isOf(alert, rule)) {
        alert.staleAfterMs = stale(rule);
        alert.keepFiringForMs = rule.keepFiringForMs;
        alert.noData = rule.noData;
        continue;
      }
      const why = rule === undefined ? 'rule_removed' : 'rule_changed';
      for (const [series, member] of [...alert.members])
        this.#leave({ alert, series, member }, member.lastAt, why, now);
    }
  }

  /** Event time of the latest observation of a series in an alert, of those that are not ahead of the clock. */
  latest(now: Millis): Millis {
    let latest = 0;
    for (const { members } of this.#alerts.values())
      for (const { lastAt } of members.values()) if (lastAt <= now) latest = Math.max(latest, lastAt);
    return latest;
  }

  /** A record is to be written again, with other annotations. */
  repeat(alert: Alert): void {
    this.#transitions.push(alert);
  }

  /** Changes of state since the last call, in order, and the alerts changed since; null for those that are over. */
  drain(): { transitions: Alert[]; changed: [fingerprint: string, alert: LiveAlert | null][] } {
    const transitions = this.#transitions;
    const changed = [...this.#changed].map((f): [string, LiveAlert | null] => [
      f,
      this.#alerts.get(f) ?? null,
    ]);
    this.#transitions = [];
    this.#changed.clear();
    return { transitions, changed };
  }

  #lookUp(rule: string, series: string): Found | null {
    const alert = this.#alerts.get(this.#byMember.get(`${rule}|${series}`) ?? '');
    const member = alert?.members.get(series);
    return alert === undefined || member === undefined ? null : { alert, series, member };
  }

  #admit(alert: LiveAlert | undefined, series: string, tenantId: string): boolean {
    if (alert?.members.has(series)) return true;
    const { size } = this.#byMember;
    const full = size < this.#room.share ? null : this.#room.refuses(tenantId, size, () => this.#tenants());
    const crowded = alert !== undefined && alert.members.size >= MAX_MEMBERS_PER_ALERT;
    if (full !== null) this.options.dropped(full === 'full' ? 'limit' : 'tenant');
    else if (crowded) this.options.dropped('members');
    return full === null && !crowded;
  }

  *#tenants(): Generator<string> {
    for (const { tenantId, members } of this.#alerts.values())
      for (let i = 0; i < members.size; i++) yield tenantId;
  }

  #goneSilent(found: Found, now: Millis): void {
    this.#leave(found, found.member.lastAt + patienceMs(found.alert, found.member, true), 'silent', now);
  }

  #leave({ alert, series }: Found, at: Millis, why: Resolution, now: Millis): void {
    alert.members.delete(series);
    this.#byMember.delete(`${alert.rule}|${series}`);
    if (this.#room.counting) this.#room.removed(alert.tenantId, this.#byMember.size);
    this.#changed.add(alert.fingerprint);
    if (alert.members.size > 0) return;
    this.#alerts.delete(alert.fingerprint);
    const annotations = resolutionAnnotations(
      alert.state === 'pending' ? 'never_fired' : why,
      alert.staleAfterMs,
    );
    this.#write(toRecord(alert, now, { at: Math.max(at, alert.startsAt), annotations }), at);
  }

  #patienceMs(alert: LiveAlert, series: string, member: Member): Millis {
    const patience = patienceMs(alert, member);
    const { forgetAfterMs, isWatched } = this.options;
    const isEndless = alert.noData === 'alert' && patience === Number.POSITIVE_INFINITY;
    return isEndless && !isWatched(alert.rule, series) ? forgetAfterMs : patience;
  }

  #write(alert: Alert, at: Millis): void {
    this.#transitions.push(this.options.marked(alert, at));
  }
}

/** Whether a rule might raise the alert: it looks at what the alert is about, and for what has raised it. */
function isOf({ tenantId, labels, annotations }: LiveAlert, rule: Rule): boolean {
  const isSilence = annotations[NO_DATA_ANNOTATION] !== undefined;
  return isFor(rule, tenantId, labels.metric ?? '') && (rule.noData === 'alert' || !isSilence);
}

interface Found {
  readonly alert: LiveAlert;
  readonly series: string;
  readonly member: Member;
}

/** After a longer gap the alert was over in between, though that is noticed only now. */
function wasSilent({ alert, member }: Found, at: Millis): boolean {
  return alert.noData === 'resolve' && at - member.lastAt > patienceMs(alert, member);
}

/**
 * How long a member may be silent. A series that has recovered already only waits for `keepFiringFor` to be
 * over; one whose silence does not resolve its alert is waited for without end.
 */
function patienceMs(alert: LiveAlert, member: Member, ending = false): Millis {
  const { staleAfterMs, keepFiringForMs, noData, state } = alert;
  if (member.okSince !== null) return Math.max(0, member.okSince + keepFiringForMs - member.lastAt);
  if (noData !== 'resolve' && !ending) return Number.POSITIVE_INFINITY;
  return staleAfterMs + (state === 'firing' ? keepFiringForMs : 0);
}
