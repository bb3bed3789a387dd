import type { AlertControl } from '../../schemas/types.js';
import type { Millis } from '../core/clock.js';
import { globMatcher, slowParts } from '../core/glob.js';
import type { Series } from '../wire/series.js';
import { hasTags } from '../wire/series-tags.js';

/** The series whose anomalies are muted. */
export interface MutedSeries {
  /** A glob. */
  readonly metric: string;
  /** All of these, with these values. */
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Whether a record mutes anomalies: it is an acknowledgement with matchers. Readers that know of no mutes take it as one of an alert that
 * there is not; a kind of its own would be in the schema of all records, and those readers would ignore silences, too.
 */
export function isMute({ kind, matchers }: Pick<AlertControl, 'kind' | 'matchers'>): boolean {
  return kind === 'acknowledgement' && matchers.length > 0;
}

interface Mute extends MutedSeries {
  readonly control: AlertControl;
  readonly fits: (metric: string) => boolean;
}

/** Most mutes in force of one tenant, and of all: every anomaly of a tenant is tried with its own. */
export const MAX_MUTES_OF_TENANT = 100;
const MAX_MUTES = 10_000;
export const MAX_TAGS = 64;
const MAX_TEXT = 2_000;
/** Name and value of a tag; a value ends where its text in JSON does. */
const PAIR = /^(.*?)=("(?:[^"\\]|\\.)*")$/s;
const METRIC = 'metric';

/** What is muted as the matchers of a record, the metric first. */
export function mutedMatchers({ metric, tags }: MutedSeries): string[] {
  return [[METRIC, metric], ...Object.entries(tags)].map(
    ([name, value]) => `${name}=${JSON.stringify(value)}`,
  );
}

/** @returns what matchers of a record mute, or what is wrong with them */
export function mutedSeries(matchers: readonly string[]): MutedSeries | string {
  const pairs = matchers.map(pairOf);
  const [first, ...tags] = pairs;
  if (first?.[0] !== METRIC) return `its first matcher must be of the ${METRIC}`;
  if (tags.length > MAX_TAGS || tags.includes(null))
    return `its tags must be at most ${MAX_TAGS}, each name="value"`;
  const [, metric] = first;
  if (metric === '' || slowParts(metric).length > 0)
    return 'its metric must be a glob without a ? between two *';
  return { metric, tags: Object.fromEntries(tags as [string, string][]) };
}

/** Whether it is about all series of its tenant. */
export function mutesAll({ metric, tags }: MutedSeries): boolean {
  return Object.keys(tags).length === 0 && /^[*?]*$/.test(metric);
}

/** Anomalies that somebody has muted, from `control.alerts`: they are found and stored, and raise no alert. */
export class Mutes {
  /** By tenant, then by the key of the record. */
  readonly #mutes = new Map<string, Map<string, Mute>>();
  readonly #tenantOf = new Map<string, string>();

  /** The latest record of a key; null when it is gone. @returns why it is not in force though its time has not passed */
  changed(key: string, control: AlertControl | null, now: Millis): string | null {
    this.#drop(key);
    if (control === null || !isMute(control) || control.endsAt <= now) return null;
    const problem = this.problem(control, now);
    if (problem !== null) return problem;
    const series = mutedSeries(control.matchers) as MutedSeries;
    const { tenantId } = control;
    const ofTenant = this.#mutes.get(tenantId) ?? new Map<string, Mute>();
    ofTenant.set(key, { ...series, control, fits: globMatcher(series.metric) });
    this.#mutes.set(tenantId, ofTenant);
    this.#tenantOf.set(key, tenantId);
    return null;
  }

  /** Why a record could not be in force beside those that are; null where it can. */
  problem(control: AlertControl, now: Millis): string | null {
    const name = `mute ${control.id.slice(0, 100)}`;
    const series = mutedSeries(control.matchers);
    if (typeof series === 'string') return `${name} is ignored: ${series}`;
    if (control.tenantId === '') return `${name} is ignored: it has no tenant`;
    if (this.#isFull(control.tenantId)) this.expire(now);
    if (!this.#isFull(control.tenantId)) return null;
    return `${name} is ignored: mutes in force may be at most ${MAX_MUTES_OF_TENANT} of a tenant, and ${MAX_MUTES} in all: end others`;
  }

  /** Until when anomalies of a series are muted; null where they are not. */
  until({ tenantId, metric, tags }: Series, now: Millis): Millis | null {
    let until: Millis | null = null;
    for (const mute of this.#mutes.get(tenantId)?.values() ?? []) {
      const { startsAt, endsAt } = mute.control;
      if (now < startsAt || now >= endsAt || endsAt <= (until ?? 0)) continue;
      if (mute.fits(metric) && hasTags(tags, mute.tags)) until = endsAt;
    }
    return until;
  }

  /** What is muted of a tenant. */
  of(tenantId: string, now: Millis): MutedSeries[] {
    return [...(this.#mutes.get(tenantId)?.values() ?? [])].filter(
      ({ control: { startsAt, endsAt } }) => now >= startsAt && now < endsAt,
    );
  }

  /** Forgets those whose time has passed. */
  expire(now: Millis): void {
    for (const ofTenant of [...this.#mutes.values()])
      for (const [key, { control }] of [...ofTenant]) if (control.endsAt <= now) this.#drop(key);
  }

  #isFull(tenantId: string): boolean {
    return this.#tenantOf.size >= MAX_MUTES || (this.#mutes.get(tenantId)?.size ?? 0) >= MAX_MUTES_OF_TENANT;
  }

  #drop(key: string): void {
    const tenantId = this.#tenantOf.get(key);
    if (tenantId === undefined) return;
    this.#tenantOf.delete(key);
    const ofTenant = this.#mutes.get(tenantId);
    ofTenant?.delete(key);
    if (ofTenant?.size === 0) this.#mutes.delete(tenantId);
  }
}

function pairOf(text: string): [name: string, value: string] | null {
  const match = text.length > MAX_TEXT ? null : PAIR.exec(text);
  if (match === null) return null;
  try {
    return [match[1] ?? '', JSON.parse(match[2] ?? '') as string];
  } catch {
    return null;
  }
}
