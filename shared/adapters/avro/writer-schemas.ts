import type { AvroSchema } from '../../catalog/avro-schema.js';

/** What the registry has under an id: an Avro schema, or something that can't be used as one. */
export type WriterSchema = { readonly schema: AvroSchema } | { readonly unusable: string };

/** The writers' schemas by registry id; `get` knows those that `prepare` was asked for. */
export interface WriterSchemas {
  prepare(ids: ReadonlySet<number>, signal: AbortSignal): Promise<void>;
  /** Undefined: the registry does not know the id. */
  get(id: number): WriterSchema | undefined;
}

/** Writers' schemas that are all known beforehand: no registry, no waiting. */
export function fixedSchemas(schemas: ReadonlyMap<number, AvroSchema>): WriterSchemas {
  return {
    prepare: async () => {},
    get: (id) => {
      const schema = schemas.get(id);
      return schema === undefined ? undefined : { schema };
    },
  };
}
