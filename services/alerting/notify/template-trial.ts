import type { Alert } from '../../../schemas/types.js';
import type { Notification } from './notification.js';
import { templateData } from './template-data.js';
import type { ChannelTemplate } from './templates/template.js';
import type { TemplateValue } from './templates/values.js';

/** As many as one notification has. */
const ALERTS = 100;
/** What whoever sends points may put there. */
const HOSTILE = 'a "b" \\ c';
const EXTERNAL_URL = 'https://tactus.example';

/** What a template is tried for. */
export interface Trial {
  readonly makes: 'text' | 'body';
  /** Whether it has to make JSON. */
  readonly isJson: boolean;
  /** Whether it is also about the end of alerts. */
  readonly sendResolved: boolean;
}

/**
 * Fills in a template for a large group of alerts, of which some fire, and for one whose alerts have all ended.
 *
 * @returns what is wrong, in words; null for nothing
 */
export function trialProblem(template: ChannelTemplate, { isJson, sendResolved }: Trial): string | null {
  for (const status of sendResolved ? (['firing', 'resolved'] as const) : (['firing'] as const)) {
    const unknown = new Set<string>();
    const text = template.render(reportingAll(templateData(sample(status), EXTERNAL_URL), unknown));
    if (text === null) return `takes too long, or fails, for ${ALERTS} alerts`;
    if (unknown.size > 0) return `has ${[...unknown].slice(0, 10).join(', ')}, which there is not`;
    if (isJson && !isJsonText(text))
      return 'makes no JSON for labels that hold quotation marks: toJson writes a value so that it does';
  }
  return null;
}

function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function sample(status: Notification['status']): Notification {
  const labels = { alertname: HOSTILE, tenant: HOSTILE, severity: 'critical', host: HOSTILE };
  const alert: Alert = {
    ...{ fingerprint: HOSTILE, rule: HOSTILE, tenantId: HOSTILE, labels, severity: 'critical', value: 1.5 },
    ...{ annotations: { summary: HOSTILE, description: HOSTILE, runbook_url: EXTERNAL_URL } },
    ...{ state: 'firing', startsAt: 0, endsAt: null, updatedAt: 0 },
  };
  const ended: Alert = { ...alert, state: 'resolved', endsAt: 1 };
  const half = Array.from({ length: ALERTS / 2 }, () => alert);
  const rest = Array.from({ length: status === 'firing' ? ALERTS / 2 : ALERTS }, () => ended);
  return {
    ...{ id: HOSTILE, channel: HOSTILE, groupKey: HOSTILE, groupLabels: labels, status, escalation: 0 },
    ...{ firing: status === 'firing' ? half : [], resolved: rest, truncated: 1 },
  };
}

/** Data of which names that are asked for and are not there are noted; labels may have any. */
function reportingAll(data: TemplateValue, unknown: Set<string>): TemplateValue {
  const whole = data as { readonly Alerts: readonly Named[] } & Named;
  const alerts = whole.Alerts.map((alert) => reporting(alert, unknown));
  return reporting({ ...whole, Alerts: reporting(alerts, unknown) }, unknown);
}

type Named = { readonly [name: string]: TemplateValue };

function reporting<T extends Named | readonly Named[]>(value: T, unknown: Set<string>): T {
  return new Proxy(value, {
    getOwnPropertyDescriptor(of, name) {
      if (!Object.hasOwn(of, name)) unknown.add(`.${String(name)}`);
      return Reflect.getOwnPropertyDescriptor(of, name);
    },
  });
}
