import { TactusError } from '../../../shared/core/errors.js';

export interface InFlightLimits {
  readonly maxInFlightBytes: number;
  readonly maxInFlightTenantBytes: number;
}

/** Counts the bytes of requests that are not answered yet, in all and by tenant: they are what takes memory here. */
export class InFlight {
  bytes = 0;
  readonly #tenants = new Map<string, number>();

  constructor(private readonly limits: InFlightLimits) {}

  /** For one request; `close` has to be called in any case. */
  open(tenant: string): Held {
    return new Held(this, tenant);
  }

  /** @throws as {@link requireRoom} */
  take(tenant: string, bytes: number): void {
    this.requireRoom(tenant, bytes);
    this.add(tenant, bytes);
  }

  /** @throws TactusError `TACTUS_GATEWAY_OVERLOADED` where so much more is more than all, or this tenant, may have */
  requireRoom(tenant: string, bytes: number): void {
    const { maxInFlightBytes, maxInFlightTenantBytes } = this.limits;
    const ofTenant = (this.#tenants.get(tenant) ?? 0) + bytes;
    if (this.bytes + bytes > maxInFlightBytes)
      throw new TactusError(
        'TACTUS_GATEWAY_OVERLOADED',
        `requests in flight have ${this.bytes} bytes; at most ${maxInFlightBytes} are allowed (TACTUS_GATEWAY_MAX_IN_FLIGHT_BYTES)`,
      );
    if (ofTenant > maxInFlightTenantBytes)
      throw new TactusError(
        'TACTUS_GATEWAY_OVERLOADED',
        `requests in flight of tenant ${JSON.stringify(tenant)} have ${ofTenant - bytes} bytes; at most ${maxInFlightTenantBytes} are allowed (TACTUS_GATEWAY_MAX_IN_FLIGHT_TENANT_BYTES)`,
      );
  }

  /** Without a limit: what is there already, or goes. */
  add(tenant: string, bytes: number): void {
    this.bytes += bytes;
    const ofTenant = (this.#tenants.get(tenant) ?? 0) + bytes;
    if (ofTenant === 0) this.#tenants.delete(tenant);
    else this.#tenants.set(tenant, ofTenant);
  }
}

/** The bytes that one request holds. */
export class Held {
  bytes = 0;

  constructor(
    private readonly all: InFlight,
    private readonly tenant: string,
  ) {}

  /** @throws as {@link InFlight.requireRoom} */
  requireRoom(bytes: number): void {
    this.all.requireRoom(this.tenant, bytes);
  }

  /** @throws as {@link InFlight.requireRoom} */
  grow(bytes: number): void {
    this.all.take(this.tenant, bytes);
    this.bytes += bytes;
  }

  /** From now on it holds so many: what it was made of is there already, so that nobody is refused. */
  become(bytes: number): void {
    this.all.add(this.tenant, bytes - this.bytes);
    this.bytes = bytes;
  }

  close(): void {
    this.become(0);
  }
}
