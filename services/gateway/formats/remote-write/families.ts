import { Lru } from '../../../../shared/core/lru.js';
import { CUMULATIVE, GAUGE, type SeriesEntry, unitOf } from '../../points/series-entry.js';

/** Prometheus' types of metrics, as both versions of its protocol number them. */
export const COUNTER = 1;
const HISTOGRAM = 3;
const SUMMARY = 5;

/** Of one tenant, about; the oldest go. It is enough for some 5,000 families with names as usual. */
const MAX_BYTES = 1_048_576;
/** Of a family, besides its texts. */
const OWN_BYTES = 100;
const MAX_TENANTS = 64;
/** Longer names and units are not kept. */
const MAX_TEXT = 256;

/** Names of series whose family has the name without it. */
const SUFFIX = /_(total|bucket|count|sum)$/;

interface Family {
  readonly type: number;
  readonly unit: string;
}

/**
 * What a series of this name counts, by the type of its family: the series of histograms and summaries are counters, but for
 * the quantiles. Without a type by its name alone, as Prometheus' conventions have it.
 */
export function kindOf(metric: string, type: number): number {
  const suffix = SUFFIX.exec(metric)?.[1];
  switch (type) {
    case 0:
      return suffix === undefined ? GAUGE : CUMULATIVE;
    case COUNTER:
      return metric.endsWith('_created') ? GAUGE : CUMULATIVE;
    case HISTOGRAM:
    case SUMMARY:
      return suffix === undefined || suffix === 'total' ? GAUGE : CUMULATIVE;
    default:
      return GAUGE;
  }
}

/** Types and units of one tenant's metrics, as far as its senders have named them. */
export class Families {
  readonly #families = new Map<string, Family>();
  /** Memory that they take, about. */
  bytes = 0;

  /** @param version changes with the content */
  constructor(public version: number) {}

  set(name: string, family: Family): boolean {
    if (name.length > MAX_TEXT || family.unit.length > MAX_TEXT) return false;
    const known = this.#families.get(name);
    if (known?.type === family.type && known.unit === family.unit) return false;
    if (known === undefined) this.bytes += bytesOf(name, family);
    else this.bytes += 2 * (family.unit.length - known.unit.length);
    this.#families.set(name, family);
    for (const [oldest, its] of this.#families) {
      if (this.bytes <= MAX_BYTES) break;
      this.#families.delete(oldest);
      this.bytes -= bytesOf(oldest, its);
    }
    return true;
  }

  /** Sets kind and unit of a series. */
  apply(entry: SeriesEntry): void {
    entry.metadata = this.version;
    const { metric } = entry;
    const family = this.#families.get(metric) ?? this.#families.get(metric.replace(SUFFIX, ''));
    entry.kind = kindOf(metric, family?.type ?? 0);
    entry.unit = unitOf(family?.unit ?? '', false);
  }
}

function bytesOf(name: string, { unit }: Family): number {
  return OWN_BYTES + 2 * (name.length + unit.length);
}

/** By tenant; those that were not used for longest go. */
export class FamiliesByTenant {
  readonly #tenants = new Lru<string, Families>(MAX_TENANTS);
  #version = 0;

  of(tenantId: string): Families {
    const known = this.#tenants.get(tenantId);
    if (known !== undefined) return known;
    const families = new Families(++this.#version);
    this.#tenants.set(tenantId, families);
    return families;
  }

  set(families: Families, name: string, family: Family): void {
    // Of all tenants together, so that no version comes again when a tenant is forgotten.
    if (families.set(name, family)) families.version = ++this.#version;
  }
}
