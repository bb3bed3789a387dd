import { openRegistry } from '../../../shared/adapters/registry/open-registry.js';
import { incompatibilities } from '../../../shared/catalog/compatibility.js';
import { loadSchemas, type RecordSchema, recordSchema, subjectOf } from '../../../shared/catalog/schemas.js';
import { INTERNAL, loadTopics } from '../../../shared/catalog/topics.js';
import { valueSchemas } from '../../../shared/catalog/value-schemas.js';
import { keptVersions, versionProblems } from '../../../shared/catalog/versions.js';
import { TactusError } from '../../../shared/core/errors.js';
import type { CommandContext } from '../../../shared/process/context.js';
import { retried } from '../../../shared/process/retried.js';

/** A schema that was missing in the registry. */
export interface Registration {
  readonly subject: string;
  readonly id: number;
}

/**
 * Registers the value schema of every topic where it is missing; safe to repeat. Refuses when the schemas cannot read
 * an earlier version, before the registry sees them.
 *
 * @returns what was registered, as it is done
 * @throws TactusError `TACTUS_SCHEMA_INCOMPATIBLE`
 */
export async function* registerSchemas(context: CommandContext): AsyncGenerator<Registration> {
  const problems = keptProblems();
  if (problems.length > 0) throw new TactusError('TACTUS_SCHEMA_INCOMPATIBLE', problems.join('\n'));
  const registry = openRegistry(context);
  for (const [subject, { schema }] of subjects(context)) {
    const { id, added } = await retried(context, () => registry.ensure(subject, schema));
    if (added) yield { subject, id };
  }
}

/**
 * Compares the schemas with every version kept in the repository and, unless `offline`, with the registry. Changes
 * nothing.
 */
export async function schemaProblems(
  context: CommandContext,
  { offline }: { readonly offline: boolean },
): Promise<string[]> {
  return [...keptProblems(), ...(offline ? [] : await registryProblems(context))];
}

function keptProblems(): string[] {
  return valueSchemas().flatMap((schema) => versionProblems(schema, keptVersions(schema.file)));
}

async function registryProblems(context: CommandContext): Promise<string[]> {
  const registry = openRegistry(context);
  const problems: string[] = [];
  for (const [subject, { schema, file }] of subjects(context)) {
    const id = await retried(context, () => registry.idOf(subject, schema));
    if (id !== null) continue;
    const latest = await retried(context, () => registry.latest(subject));
    if (latest === null) problems.push(`${subject}: not registered; run \`tactus schemas apply\``);
    else if ('unusable' in latest)
      problems.push(`${subject}: the registry's schema can't be used: ${latest.unusable}`);
    else {
      const why = incompatibilities(schema, latest.schema);
      problems.push(
        ...why.map((w) => `schemas/${file}.avsc cannot read the registry's latest of ${subject}: ${w}`),
      );
      if (why.length > 0) continue;
      const accepted = await retried(context, () => registry.accepts(subject, schema));
      problems.push(
        accepted
          ? `${subject}: the registry lacks the current version; run \`tactus schemas apply\``
          : `${subject}: the registry's compatibility level refuses the current version`,
      );
    }
  }
  return problems;
}

function subjects({ config }: CommandContext): Map<string, RecordSchema> {
  const schemas = loadSchemas();
  const found = new Map<string, RecordSchema>();
  for (const { name, value } of loadTopics().values())
    if (value !== INTERNAL)
      found.set(subjectOf(config.kafka.topicPrefix, name), recordSchema(schemas, value));
  return found;
}
