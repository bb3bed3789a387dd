import { KnownTenants } from '../tenancy/known-tenants.js';
import { checkTenant, type Rejection, tenantRefused } from './policy.js';

/** Whose records are let in, how many series each may have, and who goes first. */
export class Tenants {
  /** False when every tenant is let in. */
  readonly someRefused: boolean;

  #version = Number.NaN;
  #ranked = false;

  /** @param known what is set for tenants by file and topic; nothing by default */
  constructor(
    private readonly defaults: { rejectUnknown: boolean; maxSeries: number },
    private readonly known = new KnownTenants(),
  ) {
    this.someRefused = defaults.rejectUnknown;
  }

  lets(tenant: string): boolean {
    return !this.someRefused || this.known.has(tenant);
  }

  /** Why nothing is let in under this name; null where it is. */
  refusal(tenant: string): Rejection | null {
    return checkTenant(tenant) ?? (this.lets(tenant) ? null : tenantRefused(tenant));
  }

  /** Most series that it may have at a time, in all processes together. */
  maxSeries(tenant: string): number {
    const { maxSeries, quotas } = this.known.profileOf(tenant);
    const own = maxSeries ?? this.defaults.maxSeries;
    return quotas.activeSeries === null ? own : Math.min(own, quotas.activeSeries);
  }

  /** False when no tenant has a weight or a priority. */
  get ranked(): boolean {
    if (this.#version === this.known.version) return this.#ranked;
    this.#version = this.known.version;
    this.#ranked = this.known.some(({ weight, priority }) => weight !== null || priority !== null);
    return this.#ranked;
  }

  /** What its records may ask for beside those of others. */
  rankOf(tenant: string): { readonly weight: number; readonly priority: number } {
    const { weight, priority } = this.known.profileOf(tenant);
    return { weight: weight ?? 1, priority: priority ?? 0 };
  }
}
