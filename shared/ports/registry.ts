import type { AvroSchema } from '../core/avro-schema.js';

/** What a registry has under an id or a subject: an Avro schema, or something that can't be used as one. */
export type RegisteredSchema = { readonly schema: AvroSchema } | { readonly unusable: string };

/**
 * The schemas of all who write, by id and by subject.
 *
 * Every method throws `TACTUS_REGISTRY_UNAVAILABLE` (retriable) when the registry can't be reached,
 * takes too long or gives an answer that is not its API's. So the 404 of a proxy or of a wrong path
 * is never taken for "this schema does not exist", which would send good records to `dlq`.
 */
export interface SchemaRegistry {
  /** The subjects that have a schema. */
  subjects(): Promise<readonly string[]>;

  /** What is registered under `id`; null when the registry knows no such id. */
  schemaById(id: number): Promise<RegisteredSchema | null>;

  /** The schema that was registered last under the subject; null for a subject without one. */
  latest(subject: string): Promise<RegisteredSchema | null>;

  /** The id under which exactly this schema is registered in the subject; null when it is not. */
  idOf(subject: string, schema: AvroSchema): Promise<number | null>;

  /** Whether the subject's compatibility level lets the schema follow the latest one. */
  accepts(subject: string, schema: AvroSchema): Promise<boolean>;

  /**
   * Registers the schema if it is not there yet. A subject whose compatibility is not checked gets
   * BACKWARD; one that has another level keeps it.
   *
   * @returns the id under which values are written
   * @throws TactusError `TACTUS_SCHEMA_INCOMPATIBLE` when the registry refuses it.
   */
  ensure(subject: string, schema: AvroSchema): Promise<{ readonly id: number; readonly added: boolean }>;
}

/** Registered schemas by id, at hand without waiting; `get` knows those that `prepare` was asked for. */
export interface WriterSchemas {
  /** Waits for a registry that is down, until `signal` aborts. */
  prepare(ids: ReadonlySet<number>, signal: AbortSignal): Promise<void>;
  /** Undefined: the registry does not know the id. */
  get(id: number): RegisteredSchema | undefined;
}
