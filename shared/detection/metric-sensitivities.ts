import type { AnomalySensitivity } from '../../schemas/types.js';
import { globMatcher, slowParts } from '../core/glob.js';
import { sensitivityKey } from '../wire/sensitivity-key.js';

/** Most sensitivities of one tenant, and of all: every new series of a tenant is tried with its own. */
export const MAX_SENSITIVITIES_OF_TENANT = 100;
const MAX_SENSITIVITIES = 10_000;
/** Characters that are shown of a text of a record. */
const MAX_SHOWN = 100;

interface Known {
  readonly key: string;
  readonly record: AnomalySensitivity;
  readonly fits: (metric: string) => boolean;
}

const WILDCARDS = /[*?]/g;

/**
 * Puts the more specific of two globs first: one without wildcards, then the one with more characters besides them, then with more `?`,
 * each of which takes a character, then with fewer `*`; of what is left, by the text, so that all readers agree.
 */
export function bySpecificity(a: string, b: string): number {
  const [one, other] = [shapeOf(a), shapeOf(b)];
  for (let i = 0; i < one.length; i++) {
    const difference = (other[i] ?? 0) - (one[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What counts of a glob, the first the most; more is more specific. */
function shapeOf(glob: string): readonly number[] {
  const wildcards = glob.match(WILDCARDS) ?? [];
  const stars = wildcards.filter((one) => one === '*').length;
  return [wildcards.length === 0 ? 1 : 0, glob.length - wildcards.length, wildcards.length - stars, -stars];
}

/** How readily anomalies of metrics are reported, as people have set it, from `control.sensitivities`. */
export class MetricSensitivities {
  /** By tenant, the most specific first. */
  readonly #ofTenant = new Map<string, readonly Known[]>();
  readonly #tenantOf = new Map<string, string>();
  readonly #ignored = new Set<string>();
  #version = 0;

  /** Goes up with each change. */
  get version(): number {
    return this.#version;
  }

  get size(): { readonly inForce: number; readonly ignored: number } {
    return { inForce: this.#tenantOf.size, ignored: this.#ignored.size };
  }

  /** The latest record of a key; null when it is gone. @returns why it is ignored; null where it is not */
  changed(key: string, record: AnomalySensitivity | null): string | null {
    this.#drop(key);
    this.#ignored.delete(key);
    if (record === null) return null;
    const problem = this.#problemOf(key, record);
    if (problem !== null) {
      if (this.#ignored.size < MAX_SENSITIVITIES) this.#ignored.add(key);
      return problem;
    }
    const { tenantId, metric } = record;
    const known = [...(this.#ofTenant.get(tenantId) ?? []), { key, record, fits: globMatcher(metric) }];
    this.#ofTenant.set(
      tenantId,
      known.sort((a, b) => bySpecificity(a.record.metric, b.record.metric)),
    );
    this.#tenantOf.set(key, tenantId);
    this.#version += 1;
    return null;
  }

  /** Why a record could not be in force beside those that are; null where it can. */
  problem(record: AnomalySensitivity): string | null {
    const key = sensitivityKey(record.tenantId, record.metric);
    return this.#tenantOf.has(key) ? wrong(record) : this.#problemOf(key, record);
  }

  /** The one that holds for a metric: the most specific that fits; null where none does. */
  for(tenantId: string, metric: string): AnomalySensitivity | null {
    return this.#ofTenant.get(tenantId)?.find(({ fits }) => fits(metric))?.record ?? null;
  }

  /** Those of a tenant, the most specific first; all that fit, where a metric is given. */
  of(tenantId: string, metric: string | null = null): AnomalySensitivity[] {
    const known = this.#ofTenant.get(tenantId) ?? [];
    return known.filter(({ fits }) => metric === null || fits(metric)).map(({ record }) => record);
  }

  #problemOf(key: string, record: AnomalySensitivity): string | null {
    const name = `sensitivity of ${record.metric.slice(0, MAX_SHOWN)} of tenant ${record.tenantId.slice(0, MAX_SHOWN)}`;
    const reason = wrong(record) ?? this.#full(record.tenantId);
    if (reason !== null) return `${name} is ignored: ${reason}`;
    return key === sensitivityKey(record.tenantId, record.metric)
      ? null
      : `${name} is ignored: its key is not that of its tenant and metric`;
  }

  #full(tenantId: string): string | null {
    const isFull =
      this.#tenantOf.size >= MAX_SENSITIVITIES ||
      (this.#ofTenant.get(tenantId)?.length ?? 0) >= MAX_SENSITIVITIES_OF_TENANT;
    return isFull
      ? `there may be at most ${MAX_SENSITIVITIES_OF_TENANT} of a tenant, and ${MAX_SENSITIVITIES} in all: remove others`
      : null;
  }

  #drop(key: string): void {
    const tenantId = this.#tenantOf.get(key);
    if (tenantId === undefined) return;
    this.#tenantOf.delete(key);
    this.#version += 1;
    const left = (this.#ofTenant.get(tenantId) ?? []).filter((known) => known.key !== key);
    if (left.length === 0) this.#ofTenant.delete(tenantId);
    else this.#ofTenant.set(tenantId, left);
  }
}

/** What is wrong with a record, whatever others there are; null for a good one. */
function wrong({ tenantId, metric, sensitivity }: AnomalySensitivity): string | null {
  if (tenantId === '') return 'it has no tenant';
  if (metric === '' || slowParts(metric).length > 0)
    return `its metric must be a glob without a ? between two *: value was ${JSON.stringify(metric.slice(0, MAX_SHOWN))}`;
  if (!(sensitivity >= 0 && sensitivity <= 1))
    return `its sensitivity must be from 0 to 1: value was ${sensitivity}`;
  return null;
}
