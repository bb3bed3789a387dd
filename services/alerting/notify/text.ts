import type { Alert } from '../../../schemas/types.js';
import { FLAPPING_ANNOTATION, FLAPPING_ENDED_ANNOTATION } from '../../../shared/alerting/rules/rule.js';
import { beginningOf } from '../../../shared/core/beginning-of.js';
import type { Notification } from './notification.js';

const MAX_SHOWN = 20;

/** Characters of one alert in a message, whose length the services limit: they refuse a longer one for good. */
const MAX_SENTENCE = 600;

/** Text that others chose, in one line: it cannot pass for further alerts, nor for headers. */
export function inOneLine(text: string): string {
  const line = text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
  return line.length <= MAX_SENTENCE ? line : `${beginningOf(line, MAX_SENTENCE)}...`;
}

/** One line for people: `[FIRING: 2] HostCpuHigh (tenant=acme)`. */
export function titleOf({ status, firing, groupLabels }: Notification): string {
  const { alertname, ...others } = groupLabels;
  const count = status === 'firing' ? `: ${firing.length}` : '';
  const rest = Object.entries(others).map(([name, value]) => `${name}=${value}`);
  const about = [alertname, rest.length > 0 ? `(${rest.join(', ')})` : undefined].filter(
    (part) => part !== undefined,
  );
  return inOneLine(`[${status.toUpperCase()}${count}] ${about.join(' ')}`);
}

/** One alert in a sentence: its summary or description, else its labels. */
export function sentenceOf({ annotations, labels }: Alert): string {
  const { [FLAPPING_ANNOTATION]: flapping, [FLAPPING_ENDED_ANNOTATION]: ended } = annotations;
  const flaps =
    flapping !== undefined ? ` (flapping: ${flapping})` : ended !== undefined ? ' (flaps no more)' : '';
  const own = annotations.summary ?? annotations.description;
  const all = () => Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return `${inOneLine(own ?? all().join(', '))}${flaps}`;
}

/** A line for each alert, the firing ones first; those beyond a number are counted. */
export function linesOf({ firing, resolved }: Notification): string[] {
  const shown = firing.slice(0, MAX_SHOWN);
  const ended = resolved.slice(0, MAX_SHOWN - shown.length);
  const more = firing.length + resolved.length - shown.length - ended.length;
  return [
    ...shown.map((alert) => `${alert.severity}: ${sentenceOf(alert)} [${alert.fingerprint}]`),
    ...ended.map((alert) => `resolved: ${sentenceOf(alert)} [${alert.fingerprint}]`),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}

/** The highest severity among the alerts that fire, else among those that ended. */
export function severityOf({ firing, resolved }: Notification): Alert['severity'] {
  const severities = new Set((firing.length > 0 ? firing : resolved).map(({ severity }) => severity));
  if (severities.has('critical')) return 'critical';
  return severities.has('warning') ? 'warning' : 'info';
}
