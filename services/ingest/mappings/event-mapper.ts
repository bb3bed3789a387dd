import { createHash } from 'node:crypto';
import type { Event, MetricPoint } from '../../../schemas/types.js';
import { type EventBindings, MAX_POINTS, type Mapping, type TagSource } from './mapping.js';
import { memberOf } from './member.js';

/** Types of events whose mappings are remembered; with more they are looked up anew. */
const MAX_TYPES = 1_000;
const MAX_ID = 256;
const SHOWN = 64;
/** Of points that mappings have made. */
export const SOURCE = 'tactus/mappings';

/** What one mapping makes of an event: a point, nothing, or in words why it can make none. */
export type Mapped =
  | { readonly mapping: Mapping; readonly point: MetricPoint }
  | { readonly mapping: Mapping; readonly problem: string };

/** Makes points of events. What it makes of one depends on nothing but that event and the mappings in force. */
export class EventMapper {
  #mappings: readonly Mapping[] = [];
  readonly #byType = new Map<string, readonly Mapping[]>();

  /** @param secret of the hashes that stand for subjects */
  constructor(private readonly secret: string) {}

  /** From the next event on. */
  use(mappings: readonly Mapping[]): void {
    this.#mappings = mappings;
    this.#byType.clear();
  }

  /** The points of an event that ingest has accepted, in the order of the mappings, and what went wrong. */
  map(event: Event): readonly Mapped[] {
    const mappings = this.#of(event.type);
    if (mappings.length === 0) return mappings as readonly never[];
    const found: Mapped[] = [];
    let bindings: EventBindings | null = null;
    let points = 0;
    for (const mapping of mappings) {
      if (!mapping.tenant(event.tenantId)) continue;
      bindings ??= bindingsOf(event);
      const one = this.#one(mapping, event, bindings);
      if (one === null) continue;
      const isTooMany = 'point' in one && ++points > MAX_POINTS;
      found.push(
        isTooMany
          ? { mapping, problem: `the event has ${MAX_POINTS} points of other mappings, the most allowed` }
          : one,
      );
    }
    return found;
  }

  #of(type: string): readonly Mapping[] {
    let mappings = this.#byType.get(type);
    if (mappings === undefined) {
      mappings = this.#mappings.filter((each) => each.type(type));
      if (this.#byType.size >= MAX_TYPES) this.#byType.clear();
      this.#byType.set(type, mappings);
    }
    return mappings;
  }

  #one(mapping: Mapping, event: Event, bindings: EventBindings): Mapped | null {
    const { when, metric, kind, unit } = mapping;
    // It is about nobody who could be counted.
    if (kind === 'member' && bindings.subjectId === '') return null;
    if (when !== null) {
      const held = when.valueFor(bindings);
      // A missing attribute, as in rules.
      if ('problem' in held) {
        return held.isMissing ? null : { mapping, problem: `when: ${held.problem}` };
      }
      if (held.value === false) return null;
      if (held.value !== true)
        return { mapping, problem: `when gives ${shown(held.value)}; allowed are true and false` };
    }
    const value = this.#value(mapping, bindings);
    if (typeof value === 'string') return { mapping, problem: value };
    const { tenantId, timestamp } = event;
    const point: MetricPoint = {
      ...{ tenantId, metric, tags: tagsOf(mapping, bindings), timestamp, value },
      id: idOf(mapping.name, event.id),
      ...{ unit, source: SOURCE, kind, startTimestamp: null },
    };
    return { mapping, point };
  }

  /** A number, or in words why there is none. */
  #value({ value }: Mapping, bindings: EventBindings): number | string {
    switch (value.from) {
      case 'constant':
        return value.value;
      case 'member':
        return memberOf(this.secret, bindings.tenantId, bindings.subjectId);
      case 'attribute': {
        const { attributes } = bindings;
        const found = Object.hasOwn(attributes, value.name) ? attributes[value.name] : undefined;
        return (
          numberOf(found) ??
          `attributes.${value.name} is ${shown(found)}; allowed are numbers, true and false`
        );
      }
      case 'expression': {
        const found = value.expression.valueFor(bindings);
        if ('problem' in found) return `value: ${found.problem}`;
        return (
          numberOf(found.value) ?? `value gives ${shown(found.value)}; allowed are numbers, true and false`
        );
      }
    }
  }
}

function bindingsOf({ tenantId, type, subjectId, attributes }: Event): EventBindings {
  return { tenantId, eventType: type, subjectId: subjectId ?? '', attributes };
}

function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'bigint' ? Number(value) : null;
}

/** Tags whose attribute is not there, or null, are left out. */
function tagsOf({ tags }: Mapping, bindings: EventBindings): Record<string, string> {
  const made: Record<string, string> = {};
  for (const [name, source] of tags) {
    const text = textOf(source, bindings);
    if (text !== null) made[name] = text;
  }
  return made;
}

function textOf(source: TagSource, { attributes, subjectId }: EventBindings): string | null {
  if (source.from === 'constant') return source.text;
  if (source.from === 'subject') return subjectId === '' ? null : subjectId;
  const value = Object.hasOwn(attributes, source.name) ? (attributes[source.name] ?? null) : null;
  if (value === null) return null;
  const text = String(value);
  return source.values === null || source.values.has(text) ? text : source.other;
}

/**
 * The same for the same event and mapping, and different for others: names of mappings hold no slash. Of a long id there
 * is a hash.
 */
export function idOf(mapping: string, event: string): string {
  const id = `${mapping}/${event}`;
  if (id.length <= MAX_ID) return id;
  return `${mapping}//${createHash('sha256').update(event).digest('base64url')}`;
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return value === null ? 'null' : 'missing';
  if (typeof value !== 'string') return typeof value === 'object' ? 'a list or a map' : String(value);
  return JSON.stringify(value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value);
}
