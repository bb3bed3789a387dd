import {
  EVERY_TENANT,
  mergedProfile,
  NO_PROFILE,
  type TenantProfile,
  type TenantProfiles,
} from './profile.js';

/** Most records of `control.tenants` that are known, one or two KB each. */
export const MAX_TENANTS = 100_000;

/**
 * The tenants of `TENANTS_FILE` and of `control.tenants`, and what is set for them: by the file, else by the topic, else
 * for `*` by either. Changes are in force with the next question.
 */
export class KnownTenants {
  #ofFile: TenantProfiles = new Map();
  readonly #ofTopic = new Map<string, TenantProfile>();
  readonly #merged = new Map<string, TenantProfile>();
  #version = 0;

  /** Goes up with each change. */
  get version(): number {
    return this.#version;
  }

  /** Whether file or topic name the tenant; `*` names none. */
  has(tenant: string): boolean {
    return tenant !== EVERY_TENANT && (this.#ofFile.has(tenant) || this.#ofTopic.has(tenant));
  }

  /** All that file and topic name, `*` included where it is. */
  ids(): ReadonlySet<string> {
    return new Set([...this.#ofFile.keys(), ...this.#ofTopic.keys()]);
  }

  /** What is set for a tenant, known or not. */
  profileOf(tenant: string): TenantProfile {
    return this.#merged.get(tenant) ?? this.#merged.get(EVERY_TENANT) ?? NO_PROFILE;
  }

  /** Whether it is so for any tenant by what is set, `*` included. */
  some(is: (profile: TenantProfile) => boolean): boolean {
    return this.#merged.values().some(is);
  }

  /** The file as a whole. */
  useFile(profiles: TenantProfiles): void {
    this.#ofFile = profiles;
    this.#mergeAll();
    this.#version += 1;
  }

  /**
   * A record of the topic; null removes the tenant.
   *
   * @returns why the record is ignored; null where it is not
   */
  useRecord(tenant: string, profile: TenantProfile | null): string | null {
    const known = this.#ofTopic.has(tenant);
    if (profile === null) this.#ofTopic.delete(tenant);
    else if (!known && this.#ofTopic.size >= MAX_TENANTS) return `at most ${MAX_TENANTS} tenants are allowed`;
    else this.#ofTopic.set(tenant, profile);
    if (tenant === EVERY_TENANT) this.#mergeAll();
    else this.#merge(tenant);
    this.#version += 1;
    return null;
  }

  #mergeAll(): void {
    this.#merged.clear();
    for (const tenant of this.ids()) this.#merge(tenant);
  }

  #merge(tenant: string): void {
    const places = tenant === EVERY_TENANT ? [tenant] : [tenant, EVERY_TENANT];
    const found = places
      .flatMap((id) => [this.#ofFile.get(id), this.#ofTopic.get(id)])
      .filter((profile) => profile !== undefined);
    if (this.#ofFile.has(tenant) || this.#ofTopic.has(tenant)) this.#merged.set(tenant, mergedProfile(found));
    else this.#merged.delete(tenant);
  }
}
