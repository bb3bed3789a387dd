import { readFileSync } from 'node:fs';
import { isMap, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { messageOf, TactusError } from '../../shared/core/errors.js';
import { type DetectionRule, FIELDS, isField } from './detection-rules.js';

const KEYS = ['metrics', 'tenants', 'window', 'field', 'sensitivity', 'above', 'below'];

/**
 * Rules from `TACTUS_ANOMALY_FILE`; none when `path` is empty. What a rule leaves out is as in `defaults`.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` naming file, line, key, value and what is allowed
 */
export function loadDetectionRules(path: string, defaults: DetectionRule): readonly DetectionRule[] {
  if (path === '') return [];
  try {
    return parseDetectionRules(readFileSync(path, 'utf8'), path, defaults);
  } catch (error) {
    if (error instanceof TactusError) throw error;
    const problem = `TACTUS_ANOMALY_FILE: must be a readable file: ${messageOf(error)}`;
    throw new TactusError('TACTUS_CONFIG_INVALID', problem);
  }
}

type Fail = (node: Node | null | undefined, problem: string) => never;

/** As {@link loadDetectionRules}, of a text; `source` names it in errors. */
export function parseDetectionRules(
  text: string,
  source: string,
  defaults: DetectionRule,
): readonly DetectionRule[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const fail: Fail = (node, problem) => {
    const line = node?.range ? `:${lines.linePos(node.range[0]).line}` : '';
    throw new TactusError('TACTUS_CONFIG_INVALID', `${source}${line}: ${problem}`);
  };
  if (document.errors[0] !== undefined) fail(null, document.errors[0].message);
  const root = document.contents;
  const list = isMap(root) ? (root.get('detection', true) as unknown as Node | undefined) : undefined;
  if (!isMap(root) || !isSeq(list) || root.items.length !== 1)
    return fail(root, 'must be one key "detection" with a list of rules');
  return list.items.map((item) =>
    isMap(item)
      ? readRule(item, fail, defaults)
      : fail(item as Node, 'must be a rule, such as { metrics: "*" }'),
  );
}

function readRule(map: YAMLMap, fail: Fail, defaults: DetectionRule): DetectionRule {
  for (const { key } of map.items)
    if (!KEYS.includes(String(key)))
      fail(key as Node, `${String(key)}: unknown key; allowed are ${KEYS.join(', ')}`);
  const refuse = (key: string, allowed: string): never =>
    fail(
      (map.get(key, true) as unknown as Node | undefined) ?? map,
      `${key}: must be ${allowed}; it is ${JSON.stringify(map.get(key) ?? null)}`,
    );
  const text = (key: 'metrics' | 'tenants' | 'window' | 'field'): string => {
    const value = map.get(key) ?? defaults[key];
    return typeof value === 'string' && value !== '' ? value : refuse(key, 'text');
  };
  const limit = (key: 'above' | 'below'): number | null => {
    const value = map.get(key) ?? null;
    return value === null || Number.isFinite(value) ? (value as number | null) : refuse(key, 'a number');
  };
  const field = text('field');
  if (!isField(field)) return refuse('field', `${FIELDS.join(', ')}, or a quantile such as p95`);
  const sensitivity = map.get('sensitivity') ?? defaults.sensitivity;
  if (typeof sensitivity !== 'number' || !(sensitivity >= 0.2 && sensitivity <= 5))
    return refuse('sensitivity', 'a number from 0.2 to 5');
  return {
    ...{ metrics: text('metrics'), tenants: text('tenants'), window: text('window'), field, sensitivity },
    ...{ above: limit('above'), below: limit('below') },
  };
}
