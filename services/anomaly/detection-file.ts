import { SENSITIVITIES } from '../../shared/detection/sensitivity.js';
import { counted, type FileKind } from '../../shared/files/file-kind.js';
import { readNamed } from '../../shared/files/read-text.js';
import { document, listOf, mapping, number, text } from '../../shared/files/readers.js';
import type { Reader } from '../../shared/files/value.js';
import { readYaml } from '../../shared/files/yaml-file.js';
import { type DetectionRule, FIELDS, isField } from './detection-rules.js';

const KEYS = ['metrics', 'tenants', 'window', 'field', 'sensitivity', 'above', 'below'];

/**
 * Rules from `TACTUS_ANOMALY_FILE`; none when `path` is empty. What a rule leaves out is as in `defaults`.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` naming every mistake with its place, value and what is allowed
 */
export function loadDetectionRules(path: string, defaults: DetectionRule): readonly DetectionRule[] {
  return path === '' ? [] : parseDetectionRules(readNamed('TACTUS_ANOMALY_FILE', path), path, defaults);
}

/** As {@link loadDetectionRules}, of a text; `file` names it in messages. */
export function parseDetectionRules(
  yaml: string,
  file: string,
  defaults: DetectionRule,
): readonly DetectionRule[] {
  const rules = listOf(ruleReader(defaults), { allowed: 'a list of rules' });
  return readYaml(yaml, file, document('detection', 'a list of rules', rules));
}

/** Detection files, for `tactus check`. */
export const detectionKind: FileKind = {
  name: 'detection rules',
  keys: ['detection'],
  check(yaml, file) {
    const names = { metrics: '*', tenants: '*', window: '10s', field: 'mean' };
    const defaults = { ...names, sensitivity: 1, above: null, below: null };
    return counted(parseDetectionRules(yaml, file, defaults).length, 'rule');
  },
};

const field: Reader<string> = (value) => {
  const { scalar } = value;
  const good = typeof scalar === 'string' && isField(scalar);
  return good ? scalar : value.refuse(`${FIELDS.join(', ')}, or a quantile such as p95`);
};

function ruleReader(defaults: DetectionRule): Reader<DetectionRule> {
  return mapping(
    KEYS,
    (fields) => ({
      metrics: fields.optional('metrics', text(), defaults.metrics),
      tenants: fields.optional('tenants', text(), defaults.tenants),
      window: fields.optional('window', text(), defaults.window),
      field: fields.optional('field', field, defaults.field),
      sensitivity: fields.optional('sensitivity', number(...SENSITIVITIES), defaults.sensitivity),
      above: fields.optional('above', number(), null),
      below: fields.optional('below', number(), null),
    }),
    'a rule, such as { metrics: "*" }',
  );
}
