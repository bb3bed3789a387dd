import type { Clock, Millis } from '../../core/clock.js';
import { Lru } from '../../core/lru.js';
import type { RegisteredSchema, SchemaRegistry, WriterSchemas } from '../../ports/registry.js';
import type { WaitingFor } from '../../process/wait.js';
import { untilItWorks } from '../../process/wait.js';

/** Most schemas kept; the least used goes first, and is read again when it is met again. */
const MAX_KNOWN = 1_000;
/** Most ids remembered as unknown; beyond it the oldest are asked for again. */
const MAX_UNKNOWN = 10_000;
/** After this time an unknown id is asked for again: its schema may have been registered meanwhile. */
const UNKNOWN_FOR_MS: Millis = 30_000;
const REQUESTS_AT_ONCE = 8;

/** Writers' schemas as the registry has them, read once per id. A registry that is down is waited for. */
export class RegistrySchemas implements WriterSchemas {
  readonly #known = new Lru<number, RegisteredSchema>(MAX_KNOWN);
  /** Unknown id to the time when it was asked for. */
  readonly #unknown = new Lru<number, Millis>(MAX_UNKNOWN);

  constructor(
    readonly registry: Pick<SchemaRegistry, 'schemaById'>,
    readonly clock: Clock,
    readonly waiting: Omit<WaitingFor, 'signal'>,
  ) {}

  get(id: number): RegisteredSchema | undefined {
    return this.#known.get(id);
  }

  async prepare(ids: ReadonlySet<number>, signal: AbortSignal): Promise<void> {
    const missing = [...ids].filter((id) => this.#mustAsk(id));
    for (let i = 0; i < missing.length; i += REQUESTS_AT_ONCE)
      await Promise.all(missing.slice(i, i + REQUESTS_AT_ONCE).map((id) => this.#ask(id, signal)));
  }

  #mustAsk(id: number): boolean {
    // Registries count from 1; a negative number is somebody else's format.
    if (id < 0 || this.#known.get(id) !== undefined) return false;
    const asked = this.#unknown.get(id);
    return asked === undefined || this.clock.now() - asked >= UNKNOWN_FOR_MS;
  }

  async #ask(id: number, signal: AbortSignal): Promise<void> {
    const found = await untilItWorks(() => this.registry.schemaById(id), { ...this.waiting, signal });
    if (found === null) {
      this.#unknown.set(id, this.clock.now());
      return;
    }
    this.#unknown.delete(id);
    this.#known.set(id, found);
  }
}
