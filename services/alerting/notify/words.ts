import { firstAlerts, MAX_ALERTS } from './alertmanager-payload.js';
import type { ChannelSettings } from './channel.js';
import type { Notification } from './notification.js';
import { templateData } from './template-data.js';
import { inOneLine, linesOf, titleOf } from './text.js';

/** What people read of a notification. */
export interface Words {
  readonly title: string;
  readonly text: string;
}

/**
 * By the channel's templates, where it has some. One that takes too long, or gives nothing, is replaced by
 * what is sent without it: somebody has to be notified.
 */
export function wordsOf(settings: ChannelSettings, notification: Notification): Words {
  const { title, text, externalUrl = '' } = settings;
  const plain = { title: titleOf(notification), text: linesOf(notification).join('\n') };
  if (title === undefined && text === undefined) return plain;
  const data = templateData(notification, externalUrl);
  const [ownTitle, ownText] = [title?.render(data)?.trim(), text?.render(data)?.trim()];
  return {
    title: ownTitle ? inOneLine(ownTitle) : plain.title,
    text: ownText ? withoutControls(ownText) : plain.text,
  };
}

/** Lines and tabs, and nothing else that a terminal or a mail program obeys. */
function withoutControls(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, ' ');
}

/** The notification with the labels that name this installation, in what is sent of it; those of an alert come first. */
export function withExternalLabels(
  { externalLabels }: Pick<ChannelSettings, 'externalLabels'>,
  notification: Notification,
): Notification {
  if (externalLabels === undefined) return notification;
  const labelled = (alerts: Notification['firing']) =>
    alerts.map((alert, i) =>
      i < MAX_ALERTS ? { ...alert, labels: { ...externalLabels, ...alert.labels } } : alert,
    );
  return {
    ...notification,
    firing: labelled(notification.firing),
    resolved: labelled(notification.resolved),
  };
}

/** The first runbook that an alert which is sent names, if it is an address of the web. */
export function runbookOf(notification: Notification): string | null {
  for (const { annotations } of firstAlerts(notification)) {
    const url = annotations.runbook_url;
    if (url !== undefined && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  }
  return null;
}
