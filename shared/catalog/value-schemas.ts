import { loadSchemas, type RecordSchema, recordSchema } from './schemas.js';
import { INTERNAL, loadTopics } from './topics.js';

/** The schemas that are values of topics, each once. */
export function valueSchemas(): RecordSchema[] {
  const schemas = loadSchemas();
  const names = new Set([...loadTopics().values()].map((topic) => topic.value));
  names.delete(INTERNAL);
  return [...names].map((name) => recordSchema(schemas, name));
}
