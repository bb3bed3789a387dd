/** What is set for one tenant; what is null takes the default. */
interface IngestProfile {
  readonly maxSeries: number | null;
}

const PLAIN: IngestProfile = { maxSeries: null };

/**
 * The tenants that are known, from `TENANTS_FILE` and from `control.tenants`, and what is set for
 * them. Changes are in force with the next record: nothing is remembered of tenants elsewhere.
 */
export class Tenants {
  #ofFile: ReadonlyMap<string, IngestProfile> = new Map();
  readonly #ofTopic = new Set<string>();

  /** False when every tenant is let in. */
  readonly someRefused: boolean;

  constructor(private readonly defaults: { rejectUnknown: boolean; maxSeries: number }) {
    this.someRefused = defaults.rejectUnknown;
  }

  lets(tenant: string): boolean {
    return !this.someRefused || this.#profile(tenant) !== null;
  }

  maxSeries(tenant: string): number {
    return this.#profile(tenant)?.maxSeries ?? this.defaults.maxSeries;
  }

  /** The file as a whole. */
  useFile(profiles: ReadonlyMap<string, IngestProfile>): void {
    this.#ofFile = profiles;
  }

  /** A record of the topic; a tenant is removed by one without value. */
  useRecord(tenant: string, present: boolean): void {
    if (present) this.#ofTopic.add(tenant);
    else this.#ofTopic.delete(tenant);
  }

  #profile(tenant: string): IngestProfile | null {
    return this.#ofFile.get(tenant) ?? (this.#ofTopic.has(tenant) ? PLAIN : null);
  }
}
