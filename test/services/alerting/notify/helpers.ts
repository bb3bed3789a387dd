import type { Alert } from '../../../../schemas/types.js';
import type { Attempt } from '../../../../services/alerting/notify/channel.js';
import type { Decisions } from '../../../../services/alerting/notify/groups.js';
import type { Notification } from '../../../../services/alerting/notify/notification.js';
import { Dispatcher } from '../../../../services/alerting/notify/notifier-stage.js';
import { parseRouting } from '../../../../services/alerting/notify/routing-file.js';
import { EPOCH, WALL } from '../../../shared/alerting/helpers.js';

export const SECOND = 1_000;
export const MINUTE = 60_000;

/** An alert that fires, of a host. */
export function alertOf(fingerprint: string, more: Partial<Alert> = {}): Alert {
  const { labels, ...rest } = more;
  return {
    fingerprint,
    rule: 'Hot',
    tenantId: 'acme',
    state: 'firing',
    severity: 'warning',
    annotations: { summary: `${fingerprint} is hot` },
    value: 95,
    startsAt: EPOCH,
    endsAt: null,
    updatedAt: WALL,
    ...rest,
    labels: {
      alertname: 'Hot',
      tenant: 'acme',
      severity: more.severity ?? 'warning',
      host: fingerprint,
      ...labels,
    },
  };
}

export function resolved(alert: Alert): Alert {
  return { ...alert, state: 'resolved', endsAt: alert.startsAt + MINUTE };
}

export function notificationOf(
  firing: Alert[],
  over: Alert[] = [],
  more: Partial<Notification> = {},
): Notification {
  return {
    id: 'b7c1',
    channel: 'ops',
    groupKey: '{}:{alertname="Hot"}',
    groupLabels: { alertname: 'Hot', tenant: 'acme' },
    status: firing.length > 0 ? 'firing' : 'resolved',
    escalation: 0,
    firing,
    resolved: over,
    truncated: 0,
    ...more,
  };
}

const CHANNEL = '{ type: webhook, url: "https://example.com/" }';

/** A dispatcher whose channels take everything at once, unless they are among `down`. */
export class DispatcherHarness {
  readonly silenced = new Set<string>();
  readonly acknowledged = new Set<string>();
  /** When alerts were acknowledged, where that matters. */
  readonly acknowledgedAt = new Map<string, number>();
  readonly down = new Set<string>();
  /** Channels to which notifications are under way until they arrive. */
  readonly slow = new Set<string>();
  readonly underWay = new Map<string, Notification>();
  readonly changelog = new Map<string, Buffer>();
  readonly sent: string[] = [];
  readonly notifications: Notification[] = [];
  /** As `channel fingerprint reason step`. */
  readonly suppressed: string[] = [];
  now = WALL;
  #dispatcher: Dispatcher;
  readonly #settings;

  constructor(
    readonly routing: string,
    channels = ['ops', 'boss', 'pager'],
    changelog: ReadonlyMap<string, Buffer> = new Map(),
  ) {
    const all = channels.map((name) => `  ${name}: ${CHANNEL}\n`).join('');
    this.#settings = parseRouting(`channels:\n${all}${routing}`, 'test.yaml', {});
    for (const [key, value] of changelog) this.changelog.set(key, value);
    this.#dispatcher = new Dispatcher(
      this.#settings.routing,
      new Set(channels),
      changelog,
      (groupKey, channel) => (this.underWay.has(`${groupKey}|${channel}`) ? 'sending' : null),
    );
  }

  observe(...alerts: Alert[]): this {
    for (const alert of alerts) this.#dispatcher.observe(alert, this.now);
    return this;
  }

  /** Lets the time go on in steps of a second; gives what was sent, as `channel status firing/resolved`. */
  pass(ms: number): string[] {
    const first = this.sent.length;
    for (let gone = 0; gone <= ms; gone += SECOND) {
      if (gone > 0) this.now += SECOND;
      const { notify, suppressed } = this.#dispatcher.plan(this.#decisions(), this.now);
      for (const { channel, alert, reason, escalation } of suppressed)
        this.suppressed.push(`${channel} ${alert.fingerprint} ${reason} ${escalation}`);
      for (const notification of notify) {
        if (this.down.has(notification.channel)) continue;
        if (this.slow.has(notification.channel))
          this.underWay.set(`${notification.groupKey}|${notification.channel}`, notification);
        else this.#deliver(notification);
      }
      for (const { key, value } of this.#dispatcher.drain()) {
        if (value === null) this.changelog.delete(key);
        else this.changelog.set(key, value);
      }
    }
    return this.sent.slice(first);
  }

  /** What is under way arrives, and channels are slow no more. */
  arrive(): void {
    const arriving = [...this.underWay.values()];
    this.underWay.clear();
    this.slow.clear();
    for (const notification of arriving) this.#deliver(notification);
  }

  #deliver(notification: Notification): void {
    this.sent.push(brief(notification));
    this.notifications.push(notification);
    this.#dispatcher.delivered(notification, this.now);
  }

  restarted(routing = this.routing): DispatcherHarness {
    const next = new DispatcherHarness(routing, undefined, this.changelog);
    next.now = this.now;
    return next;
  }

  #decisions(): Decisions {
    return {
      effort: 1,
      silenced: ({ labels: { host = '' } }) => this.silenced.has(host),
      acknowledged: ({ fingerprint }, since) =>
        this.acknowledged.has(fingerprint) || (this.acknowledgedAt.get(fingerprint) ?? -1) >= since,
    };
  }
}

export function brief({ channel, firing, resolved: over }: Notification): string {
  const names = (alerts: readonly Alert[]) => alerts.map(({ fingerprint }) => fingerprint).join(',');
  return `${channel} ${names(firing)}/${names(over)}`;
}

/** A channel that answers as it is instructed. */
export class FakeLine {
  readonly calls: Notification[] = [];
  #answers: ((attempt: Attempt) => void)[] = [];

  readonly send = (notification: Notification): Promise<Attempt> => {
    this.calls.push(notification);
    return new Promise((resolve) => this.#answers.push(resolve));
  };

  async answer(attempt: Attempt): Promise<void> {
    this.#answers.shift()?.(attempt);
    // The outbox hears of it in the next microtasks.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
