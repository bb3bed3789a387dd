/**
 * One text per series: `tenantId|metric|{"tag":"value",...}` with the tags in order of their names.
 * Tenant and metric cannot hold the separator, and the tags are JSON, so different series never
 * share an identity.
 */
export function seriesIdentity(tenantId: string, metric: string, tags: Readonly<Record<string, string>>): string {
  const names = Object.keys(tags);
  if (names.length < 2) return `${tenantId}|${metric}|${JSON.stringify(tags)}`;
  const ordered: Record<string, string> = Object.create(null);
  for (const name of names.sort()) ordered[name] = tags[name] ?? '';
  return `${tenantId}|${metric}|${JSON.stringify(ordered)}`;
}
