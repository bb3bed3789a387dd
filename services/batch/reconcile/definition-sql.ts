import type { WindowDefinition } from '../../../shared/windows/definition.js';

/** SQL for the tags that a definition groups by, given a column with all tags. */
export function groupSql({ groupBy }: WindowDefinition, tags: string): string {
  if (groupBy === null) return tags;
  if (groupBy.length === 0) return `'{}'::jsonb`;
  const kept = groupBy.map((name) => `jsonb_build_object(${literal(name)}, ${tags} -> ${literal(name)})`);
  return `jsonb_strip_nulls(${kept.join(' || ')})`;
}

/** A glob as a LIKE pattern. */
export function likeOf(glob: string): string {
  return glob
    .replace(/[\\%_]/g, '\\$&')
    .replace(/\*+/g, '%')
    .replaceAll('?', '_');
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
