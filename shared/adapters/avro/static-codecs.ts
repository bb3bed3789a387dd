import type { TopicName } from '../../../topics/names.js';
import { loadSchemas, recordSchema } from '../../catalog/schemas.js';
import { INTERNAL, loadTopics } from '../../catalog/topics.js';
import type { AvroSchema } from '../../core/avro-schema.js';
import { TactusError } from '../../core/errors.js';
import type { TopicCodecs } from '../../ports/codec.js';
import type { WriterSchemas } from '../../ports/registry.js';
import { AvroDecoder, AvroEncoder } from './value-codec.js';

/**
 * Encoders and decoders without a registry, for pure tests and tools that keep to one process: the repository's schemas
 * under made-up ids, 1 for the value of the first topic and so on.
 */
export function staticCodecs(): TopicCodecs {
  const schemas = loadSchemas();
  const byTopic = new Map<TopicName, { id: number; schema: AvroSchema }>();
  for (const { name, value } of loadTopics().values()) {
    if (value === INTERNAL) continue;
    byTopic.set(name, { id: byTopic.size + 1, schema: recordSchema(schemas, value).schema });
  }
  const writers = fixedSchemas(new Map([...byTopic.values()].map(({ id, schema }) => [id, schema])));
  const of = (topic: TopicName) => {
    const found = byTopic.get(topic);
    if (found === undefined)
      throw new TactusError('TACTUS_INVARIANT', `the values of ${topic} have no schema`);
    return found;
  };
  return {
    encoder: eachOnce((topic) => new AvroEncoder<never>(of(topic).schema, of(topic).id)),
    decoder: eachOnce((topic) => new AvroDecoder<never>(of(topic).schema, writers)),
  };
}

/** What is made of a schema takes as long as thousands of values. */
function eachOnce<T>(make: (topic: TopicName) => T): (topic: TopicName) => T {
  const made = new Map<TopicName, T>();
  return (topic) => {
    const known = made.get(topic) ?? make(topic);
    made.set(topic, known);
    return known;
  };
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
