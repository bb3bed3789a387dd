import { join } from 'node:path';
import { isMap } from 'yaml';
import { packageRoot } from '../../../shared/files/package-root.js';
import { readYaml, YamlSource } from '../../../shared/files/yaml-source.js';
import { readRule } from './read-rule.js';
import type { Rule } from './rule.js';

const SHIPPED = 'services/alerting/rules/rules.yaml';
const MAX_RULES = 1_000;

/** The rules of `RULES_FILE`, or the shipped ones if that is empty, and the text that they come from. */
export function loadRules(path: string): { readonly rules: readonly Rule[]; readonly text: string } {
  const file = path === '' ? join(packageRoot(), SHIPPED) : path;
  const text = readYaml(file, 'RULES_FILE (alerting.rulesFile)');
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
  const list = source.list('rules', 'rules');
  if (list.length > MAX_RULES) source.report(list[MAX_RULES], `rules: at most ${MAX_RULES} are allowed`);
  const names = new Set<string>();
  const rules: Rule[] = [];
  for (const [index, item] of list.entries()) {
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
