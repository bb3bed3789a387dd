import { join } from 'node:path';
import { isMap, isSeq } from 'yaml';
import { packageRoot } from '../../shared/runtime/package-root.js';
import { readRule } from './read-rule.js';
import type { Rule } from './rule.js';
import { readText, YamlSource } from './yaml-source.js';

const SHIPPED = 'services/alerting/rules.yaml';
const MAX_RULES = 1_000;

/** The rules of `RULES_FILE`, or the shipped ones if that is empty, and the text that they come from. */
export function loadRules(path: string): { readonly rules: readonly Rule[]; readonly text: string } {
  const file = path === '' ? join(packageRoot(), SHIPPED) : path;
  const text = readText(file, 'RULES_FILE (alerting.rulesFile)');
  return { rules: parseRules(text, file), text };
}

/**
 * Reads and checks rules.
 *
 * @param file names the source in error messages
 * @throws TactusError `TACTUS_CONFIG_INVALID`, one line that names every problem with its file,
 *   line, column, rule and key, and what is allowed there.
 */
export function parseRules(text: string, file: string): Rule[] {
  const source = new YamlSource(text, file);
  const { root } = source;
  const list = isMap(root) ? root.get('rules', true) : undefined;
  if (!isMap(root) || root.items.length !== 1 || !isSeq(list))
    return source.refuse(root, 'must hold the one key `rules` with a list of rules');
  if (list.items.length > MAX_RULES) source.report(list, `rules: at most ${MAX_RULES} are allowed`);
  const names = new Set<string>();
  const rules: Rule[] = [];
  for (const [index, item] of list.items.entries()) {
    if (!isMap(item)) {
      source.report(item, `rule ${index + 1}: must be a mapping of keys to values`);
      continue;
    }
    const values = source.valuesOf(item);
    const label = typeof values.name === 'string' ? `rule "${values.name}"` : `rule ${index + 1}`;
    const complain = source.complainer(item, label);
    const rule = readRule(values, complain);
    if (rule === null) continue;
    if (names.has(rule.name)) complain('name', 'is used by an earlier rule; allowed is one rule per name');
    names.add(rule.name);
    rules.push(rule);
  }
  source.finish();
  return rules;
}
