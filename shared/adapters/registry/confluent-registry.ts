import { COMPATIBILITY, SchemaRegistry as Library, SchemaType } from '@kafkajs/confluent-schema-registry';
import client from '@kafkajs/confluent-schema-registry/dist/api/index.js';
import {
  ConfluentSchemaRegistryArgumentError,
  ConfluentSchemaRegistryCompatibilityError,
  ConfluentSchemaRegistryError,
} from '@kafkajs/confluent-schema-registry/dist/errors.js';
import type { AvroSchema } from '../../core/avro-schema.js';
import type { Millis } from '../../core/clock.js';
import { messageOf, TactusError } from '../../core/errors.js';
import type { RegisteredSchema, SchemaRegistry } from '../../ports/registry.js';
import { secureFetch } from '../security/secure-fetch.js';
import { basic, registryAddress } from './address.js';
import { RegistryRefusal, type RegistryTransport, registryAnswers } from './answers.js';

const REQUEST_TIMEOUT_MS: Millis = 5_000;
/** How often a registration is tried whose subject gets another compatibility level meanwhile. */
const ATTEMPTS = 3;

/** A body of the API; `registryAnswers` has looked at what is read of it. */
interface Described {
  readonly schema: string;
  readonly schemaType?: unknown;
  readonly references?: unknown;
}

/**
 * The schema registry behind Confluent's API, through `@kafkajs/confluent-schema-registry`.
 *
 * Schemas are read with the library's client and not with `getSchema`, which compiles what it finds:
 * a JSON Schema of 330 kB under a foreign id stops the process for half a minute, and what is kept
 * is avsc's type, not the schema as it was written. The library's class has no call for the
 * compatibility level either.
 */
export class ConfluentRegistry implements SchemaRegistry {
  readonly #library: Library;
  readonly #client: ReturnType<typeof client.default>;

  /**
   * @param address base address of the API; user and password in it are sent as basic authentication
   * @param given `timeoutMs`: of one request, from the connection to the last byte of the answer; the rest by default
   *   without certificates, and with what stands in the address for a login
   */
  constructor(address: string, given: Partial<RegistryTransport> = {}) {
    const { host, auth, withoutSecrets } = registryAddress(address);
    const transport = {
      timeoutMs: REQUEST_TIMEOUT_MS,
      fetch: secureFetch(null),
      authorization: () => (auth === undefined ? null : `Basic ${basic(auth)}`),
      ...given,
    };
    const options = {
      host,
      clientId: 'tactus',
      middlewares: [registryAnswers(transport, withoutSecrets)],
    };
    this.#library = new Library(options);
    this.#client = client.default(options);
  }

  async subjects(): Promise<readonly string[]> {
    return (await answerTo<string[]>('reading the subjects', this.#client.Subject.all({}))) ?? [];
  }

  async schemaById(id: number): Promise<RegisteredSchema | null> {
    const found = await answerTo<Described>(`reading schema ${id}`, this.#client.Schema.find({ id }));
    return found === null ? null : registeredSchema(found);
  }

  async latest(subject: string): Promise<RegisteredSchema | null> {
    const doing = `reading the schema of ${subject}`;
    const found = await answerTo<Described>(doing, this.#client.Subject.latestVersion({ subject }));
    return found === null ? null : registeredSchema(found);
  }

  async idOf(subject: string, schema: AvroSchema): Promise<number | null> {
    try {
      return await this.#library.getRegistryIdBySchema(subject, written(schema));
    } catch (error) {
      // That is what the library makes of a 404.
      if (error instanceof ConfluentSchemaRegistryError) return null;
      throw unavailable(`looking up the schema of ${subject}`, error);
    }
  }

  async accepts(subject: string, schema: AvroSchema): Promise<boolean> {
    const answer = await answerTo<{ readonly is_compatible: boolean }>(
      `comparing the schema of ${subject}`,
      this.#client.Subject.compatible({ subject, body: { schema: JSON.stringify(schema) } }),
    );
    return answer?.is_compatible ?? true;
  }

  async ensure(subject: string, schema: AvroSchema): Promise<{ id: number; added: boolean }> {
    const known = await this.idOf(subject, schema);
    const id = known ?? (await this.#register(subject, schema, ATTEMPTS));
    await this.#requireCompatibility(subject);
    return { id, added: known === null };
  }

  async #register(subject: string, schema: AvroSchema, attempts: number): Promise<number> {
    // The library registers only where the level is the one it is given, so it is given the one there is.
    const compatibility = (await this.#level(subject)) ?? COMPATIBILITY.BACKWARD;
    try {
      const how = { subject, compatibility, updateConfig: false };
      return (await this.#library.register(written(schema), how)).id;
    } catch (error) {
      if (error instanceof ConfluentSchemaRegistryCompatibilityError && attempts > 1)
        return await this.#register(subject, schema, attempts - 1);
      const refused =
        error instanceof RegistryRefusal
          ? error.status === 409 || error.status === 422
          : error instanceof ConfluentSchemaRegistryArgumentError;
      if (!refused) throw unavailable(`registering the schema of ${subject}`, error);
      throw new TactusError(
        'TACTUS_SCHEMA_INCOMPATIBLE',
        `the registry refuses today's schema of ${subject}: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }

  async #requireCompatibility(subject: string): Promise<void> {
    if (await this.#isChecked(subject)) return;
    try {
      await this.#client.Subject.updateConfig({
        subject,
        body: { compatibility: COMPATIBILITY.BACKWARD },
      });
    } catch (error) {
      // Refused: another process may have set it in between.
      if (error instanceof RegistryRefusal && (await this.#isChecked(subject))) return;
      throw unavailable(`setting the compatibility of ${subject}`, error);
    }
  }

  async #isChecked(subject: string): Promise<boolean> {
    const level = await this.#level(subject);
    // Some registries show the global level for a subject without one of its own.
    return level !== null && level !== COMPATIBILITY.NONE;
  }

  /** Null for a subject without a level of its own. */
  async #level(subject: string): Promise<COMPATIBILITY | null> {
    const found = await answerTo<{ readonly compatibilityLevel: string }>(
      `reading the compatibility of ${subject}`,
      this.#client.Subject.config({ subject }),
    );
    return found === null ? null : (found.compatibilityLevel.toUpperCase() as COMPATIBILITY);
  }
}

/**
 * The answer to a call of the client, which `registryAnswers` has looked at; null when the registry
 * says that what was asked for does not exist.
 */
async function answerTo<T>(doing: string, asked: Promise<{ data(): unknown }>): Promise<T | null> {
  try {
    return (await asked).data() as T;
  } catch (error) {
    if (error instanceof RegistryRefusal && error.status === 404) return null;
    throw unavailable(doing, error);
  }
}

function unavailable(doing: string, error: unknown): TactusError {
  if (error instanceof TactusError) return error;
  return new TactusError('TACTUS_REGISTRY_UNAVAILABLE', `${doing}: ${messageOf(error)}`, { cause: error });
}

function written(schema: AvroSchema): { type: SchemaType.AVRO; schema: string } {
  return { type: SchemaType.AVRO, schema: JSON.stringify(schema) };
}

function registeredSchema({ schema, schemaType, references }: Described): RegisteredSchema {
  if (schemaType !== undefined && schemaType !== 'AVRO')
    return { unusable: `its type is ${String(schemaType)}` };
  if (Array.isArray(references) && references.length > 0)
    return { unusable: 'it refers to schemas of other subjects; register it as one' };
  try {
    return { schema: JSON.parse(schema) as AvroSchema };
  } catch (error) {
    return { unusable: messageOf(error) };
  }
}
