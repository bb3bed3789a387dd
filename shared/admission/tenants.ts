import { KnownTenants } from '../tenancy/known-tenants.js';

/** Whose records are let in, and how many series each may have. */
export class Tenants {
  /** False when every tenant is let in. */
  readonly someRefused: boolean;

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

  maxSeries(tenant: string): number {
    return this.known.profileOf(tenant).maxSeries ?? this.defaults.maxSeries;
  }
}
