import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isSeq, LineCounter, parseDocument } from 'yaml';
import { messageOf, TactusError } from '../../shared/core/errors.js';
import { packageRoot } from '../../shared/runtime/package-root.js';
import { readRule } from './read-rule.js';
import type { Rule } from './rule.js';
import { placeOf } from './yaml-place.js';

const SHIPPED = 'services/alerting/rules.yaml';
const MAX_RULES = 1_000;

/** The rules of `RULES_FILE`, or the shipped ones if that is empty, and the text that they come from. */
export function loadRules(path: string): { readonly rules: readonly Rule[]; readonly text: string } {
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
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const problems: string[] = [];
  const report = (node: unknown, what: string, offset?: number) =>
    problems.push(`${file}:${placeOf(text, lines, node, offset)}: ${what}`);
  const giveUp = (): never => {
    throw new TactusError('TACTUS_CONFIG_INVALID', problems.join('; '));
  };

  for (const error of document.errors) {
    const { line, col } = lines.linePos(error.pos[0]);
    problems.push(`${file}:${line}:${col}: ${error.message.split('\n')[0] ?? error.code}`);
  }
  if (problems.length > 0) giveUp();

  const root = document.contents;
  const list = isMap(root) ? root.get('rules', true) : undefined;
  if (!isMap(root) || root.items.length !== 1 || !isSeq(list)) {
    report(root, 'must hold the one key `rules` with a list of rules');
    return giveUp();
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
    const nodeOf = (key: string) => {
      const [first = key, ...rest] = item.has(key) ? [key] : key.split('.');
      const inside = rest.length === 0 ? undefined : item.getIn([first, rest.join('.')], true);
      return inside ?? item.get(first, true) ?? item;
    };
    const complain = (key: string, what: string, offset?: number) =>
      report(nodeOf(key), `${label}: ${key}: ${what}`, offset);
    const rule = readRule(values, complain);
    if (rule === null) continue;
    if (names.has(rule.name)) complain('name', 'is used by an earlier rule; allowed is one rule per name');
    names.add(rule.name);
    rules.push(rule);
  }
  if (problems.length > 0) giveUp();
  return rules;
}
