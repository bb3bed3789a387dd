import type { AvroSchema } from '../../core/avro-schema.js';
import type { WriterSchemas } from '../../ports/registry.js';

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
