import { withoutCredentials } from '../files/credentials.js';
import type { KeyDeclaration } from './schema.js';

/** Scheme, `***@`, host, port and path, each optional: with anything else in it, text may be a password. */
const ADDRESS =
  /^\s*(?:[\w+.-]+:\/\/)?(?:\*\*\*@)?(?:\[[\da-fA-F:.]*\]|[\w.-]*)(?::\d*)?(?:\/[\w./%*-]*)?(?:\?\*\*\*)?\s*$/;

/** Whether a value is not to be shown. One that is not set is nobody's secret. */
export function isSecret(value: unknown, { sensitive = false }: KeyDeclaration): boolean {
  if (typeof value !== 'string' || value === '') return false;
  return sensitive || withoutCredentials(value) !== value;
}

/** A value as errors and `tactus config` may show it. */
export function maskedValue(value: unknown, { sensitive = false, address = false }: KeyDeclaration): string {
  if (typeof value !== 'string') return JSON.stringify(value) ?? String(value);
  if (sensitive && !(address && URL.canParse(value))) return '***';
  const shown = withoutCredentials(value);
  const parts = address ? shown.split(',').map((part) => (ADDRESS.test(part) ? part : '***')) : [shown];
  return JSON.stringify(parts.join(','));
}
