import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { messageOf, TactusError } from '../../shared/core/errors.js';
import { packageRoot } from '../../shared/runtime/package-root.js';
import { readRule } from './read-rule.js';
import type { Rule } from './rule.js';

const SHIPPED = 'services/alerting/rules.yaml';
const MAX_RULES = 1_000;

/** The rules of `RULES_FILE`, or the shipped ones if that is empty. */
export function loadRules(path: string): Rule[] {
  const file = path === '' ? join(packageRoot(), SHIPPED) : path;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new TactusError(
      'TACTUS_CONFIG_INVALID',
      `RULES_FILE (alerting.rulesFile): must be a readable YAML file: value was "${path}" (${messageOf(error)})`,
    );
  }
  return parseRules(text, file);
}

/**
 * Reads and checks rules.
 *
 * @param file names the source in error messages
 * @throws TactusError `TACTUS_CONFIG_INVALID`, one line that names every problem with its file,
 *   line, rule and key, and what is allowed there.
 */
export function parseRules(text: string, file: string): Rule[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const problems: string[] = [];
  const lineOf = (node: unknown) => {
    const start = (node as Node | null | undefined)?.range?.[0];
    return start === undefined ? 1 : lines.linePos(start).line;
  };
  const report = (node: unknown, what: string) => problems.push(`${file}:${lineOf(node)}: ${what}`);

  for (const error of document.errors)
    problems.push(
      `${file}:${lines.linePos(error.pos[0]).line}: ${error.message.split('\n')[0] ?? error.code}`,
    );
  if (problems.length > 0) throw new TactusError('TACTUS_CONFIG_INVALID', problems.join('; '));

  const root = document.contents;
  const list = isMap(root) ? root.get('rules', true) : undefined;
  if (!isMap(root) || root.items.length !== 1 || !isSeq(list)) {
    report(root, 'must hold the one key `rules` with a list of rules');
    throw new TactusError('TACTUS_CONFIG_INVALID', problems.join('; '));
  }
  if (list.items.length > MAX_RULES) report(list, `rules: at most ${MAX_RULES} are allowed`);
  const names = new Set<string>();
  const rules: Rule[] = [];
  for (const [index, item] of list.items.entries()) {
    if (!isMap(item)) {
      report(item, `rule ${index + 1}: must be a mapping of keys to values`);
      continue;
    }
    const values = item.toJS(document) as Record<string, unknown>;
    const label = typeof values.name === 'string' ? `rule "${values.name}"` : `rule ${index + 1}`;
    const complain = (key: string, what: string) =>
      report(item.get(key, true) ?? item, `${label}: ${key}: ${what}`);
    const rule = readRule(values, complain);
    if (rule === null) continue;
    if (names.has(rule.name)) complain('name', 'is used by an earlier rule; allowed is one rule per name');
    names.add(rule.name);
    rules.push(rule);
  }
  if (problems.length > 0) throw new TactusError('TACTUS_CONFIG_INVALID', problems.join('; '));
  return rules;
}
