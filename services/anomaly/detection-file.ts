import { readList, readNamed, type YamlEntry } from '../../shared/files/yaml-list.js';
import { type DetectionRule, FIELDS, isField, SENSITIVITIES } from './detection-rules.js';

const KEYS = ['metrics', 'tenants', 'window', 'field', 'sensitivity', 'above', 'below'];

/**
 * Rules from `TACTUS_ANOMALY_FILE`; none when `path` is empty. What a rule leaves out is as in `defaults`.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` naming file, line, key, value and what is allowed
 */
export function loadDetectionRules(path: string, defaults: DetectionRule): readonly DetectionRule[] {
  return path === '' ? [] : parseDetectionRules(readNamed('TACTUS_ANOMALY_FILE', path), path, defaults);
}

/** As {@link loadDetectionRules}, of a text; `source` names it in errors. */
export function parseDetectionRules(
  text: string,
  source: string,
  defaults: DetectionRule,
): readonly DetectionRule[] {
  return readList(text, source, {
    key: 'detection',
    holds: 'a list of rules',
    each: 'must be a rule, such as { metrics: "*" }',
    read: (entry) => readRule(entry, defaults),
  });
}

function readRule(entry: YamlEntry, defaults: DetectionRule): DetectionRule {
  entry.onlyKeys(KEYS);
  const text = (key: 'metrics' | 'tenants' | 'window' | 'field') => entry.text(key, defaults[key]);
  const limit = (key: 'above' | 'below'): number | null => {
    const value = entry.get(key) ?? null;
    return value === null || Number.isFinite(value)
      ? (value as number | null)
      : entry.refuse(key, 'a number');
  };
  const field = text('field');
  if (!isField(field)) return entry.refuse('field', `${FIELDS.join(', ')}, or a quantile such as p95`);
  const sensitivity = entry.get('sensitivity') ?? defaults.sensitivity;
  const [least, most] = SENSITIVITIES;
  if (typeof sensitivity !== 'number' || !(sensitivity >= least && sensitivity <= most))
    return entry.refuse('sensitivity', `a number from ${least} to ${most}`);
  return {
    ...{ metrics: text('metrics'), tenants: text('tenants'), window: text('window'), field, sensitivity },
    ...{ above: limit('above'), below: limit('below') },
  };
}
