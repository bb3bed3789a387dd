import type { RuleConfig } from '../../../schemas/types.js';
import { TactusError } from '../../core/errors.js';
import { formatDuration } from '../../files/duration.js';
import type { Report } from '../../files/value.js';
import { readValues } from '../../files/yaml-file.js';
import { readRule } from './read-rule.js';
import type { Rule } from './rule.js';

/** Characters of an id that may not even be one. */
const MAX_SHOWN = 100;

/**
 * A rule from `control.rules`, read and checked as one from a file is.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID`, one line that names every problem with its key.
 */
export function ruleOf(config: RuleConfig): Rule {
  const problems: string[] = [];
  const report: Report = (_, key, what, offset) =>
    problems.push(`${key}${offset === undefined ? '' : ` (character ${offset + 1})`}: ${what}`);
  const rule = readValues(valuesOf(config), report, readRule);
  if (rule !== null) return rule;
  throw new TactusError(
    'TACTUS_CONFIG_INVALID',
    `rule "${config.id.slice(0, MAX_SHOWN)}": ${problems.join('; ')}`,
  );
}

/** The keys of the file, left out where the record holds the default. */
function valuesOf(config: RuleConfig): Record<string, unknown> {
  const { id, expression, on, window, severity, labels, annotations, noData } = config;
  const metrics = Object.entries(config.metrics).map(([name, { metric, fallback }]) => [
    name,
    { metric, default: fallback },
  ]);
  const duration = (ms: number | null) => {
    if (ms === null || ms === 0) return null;
    // Which is refused as such.
    return ms < 0 ? `${ms}ms` : formatDuration(ms);
  };
  return {
    name: id,
    on,
    window,
    tenant: config.tenantGlob,
    expr: expression === '' ? null : expression,
    for: duration(config.forMs),
    keepFiringFor: duration(config.keepFiringForMs),
    staleAfter: duration(config.staleAfterMs),
    noData: noData === 'resolve' ? null : noData,
    severity,
    groupBy: config.groupBy.length === 0 ? null : config.groupBy,
    labels,
    annotations,
    values: config.values,
    ...(metrics.length === 0 ? { metric: config.metricGlob } : { metrics: Object.fromEntries(metrics) }),
  };
}
