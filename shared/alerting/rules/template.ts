import { beginningOf } from '../../core/beginning-of.js';

/** What the placeholders of an annotation stand for. */
interface TemplateFields {
  /** The alert's value, the subject's figures and names. */
  readonly fields: Readonly<Record<string, string | number>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** Longest text that is made of one: tags are of the senders' choice. */
const MAX_FILLED = 4_000;

/** An annotation's text, ready to be filled in. */
export type Template = (values: TemplateFields) => string;

/**
 * Compiles text with placeholders: `names`, such as `{{value}}`, and `{{tags.host}}`, `{{labels.team}}`. A
 * tag or label that is not there gives empty text, and so does a figure where there is no data.
 *
 * @returns the template, or what is wrong with the text in words
 */
export function compileTemplate(text: string, names: readonly string[]): Template | string {
  // Without blanks in the expression: they would be tried for those in the name, each way.
  const parts = text.split(/\{\{([^{}]*)\}\}/).map((part, i) => (i % 2 === 0 ? part : part.trim()));
  const placeholders = parts.filter((_, i) => i % 2 === 1);
  const unknown = placeholders.find(
    (name) => !names.includes(name) && !/^(tags|labels)\.[^.\s].*$/.test(name),
  );
  if (unknown !== undefined)
    return `unknown placeholder {{${unknown}}}; allowed are {{tags.NAME}}, {{labels.NAME}} and ${names.map((n) => `{{${n}}}`).join(', ')}`;
  if (/\{\{|\}\}/.test(parts.filter((_, i) => i % 2 === 0).join(' ')))
    return 'has {{ or }} without its other half';
  return (values) => {
    const filled = parts.map((part, i) => (i % 2 === 0 ? part : lookUp(part, values))).join('');
    return filled.length <= MAX_FILLED ? filled : `${beginningOf(filled, MAX_FILLED)}...`;
  };
}

function lookUp(name: string, { fields, tags, labels }: TemplateFields): string {
  if (name.startsWith('tags.')) return own(tags, name.slice(5)) ?? '';
  if (name.startsWith('labels.')) return own(labels, name.slice(7)) ?? '';
  const value = own(fields, name) ?? '';
  if (typeof value === 'string') return value;
  return Number.isNaN(value) ? '' : figure(value);
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Four significant digits, and whole numbers in full: for people, not for calculating. */
function figure(value: number): string {
  if (Math.abs(value) >= 1_000 && Math.abs(value) < 1e15) return value.toFixed(0);
  return String(Number(value.toPrecision(4)));
}
