import type pg from 'pg';
import type { Findings } from '../integrity/findings.js';
import { HttpReceiver } from '../services/alerting/notify/receivers.js';
import { eachAtOnce, keysByAlert, notifiedIn } from '../support/notified.js';
import { until } from '../support/until.js';

const NOTIFIED_MS = 60_000;

/** Who is notified of all alerts, each by itself and at once. */
export class Notifications {
  private constructor(private readonly receiver: HttpReceiver) {}

  static async start(): Promise<Notifications> {
    return new Notifications(await HttpReceiver.start());
  }

  get file(): string {
    return eachAtOnce(this.receiver.url);
  }

  /** Alerts that fire in the end have been notified, and nothing under two keys; while the workers run. */
  async verify(pool: pg.Pool, findings: Findings): Promise<string> {
    let wanted: string[] = [];
    let missing: string[] = [];
    try {
      await until(
        'alerts to be notified',
        async () => {
          const { rows } = await pool.query<{ fingerprint: string; starts_at: Date }>(FIRING);
          wanted = rows.map(({ fingerprint, starts_at: at }) => nameOf('firing', fingerprint, at.getTime()));
          const keys = this.#keys();
          missing = wanted.filter((name) => !keys.has(name));
          return missing.length === 0;
        },
        NOTIFIED_MS,
      );
    } catch {
      for (const name of missing) findings.add('notifications missing', name);
    }
    for (const [name, keys] of this.#keys())
      if (keys.size > 1) findings.add('notifications doubled', `${name}: ${[...keys].join(', ')}`);
    const { posts } = this.receiver;
    const repeated = posts.length - new Set(posts.map((post) => notifiedIn(post).key)).size;
    return `notifications: ${posts.length} received, ${repeated} of them again with the same key, ${findings.counts('notifications', ['doubled'])}; of ${wanted.length} alerts that fire in the end ${missing.length} not notified`;
  }

  async stop(): Promise<void> {
    await this.receiver.stop();
  }

  /** By what was notified, the keys that it had. */
  #keys(): Map<string, Set<string>> {
    return keysByAlert(this.receiver.posts.map(notifiedIn), ({ status, fingerprint, startsAt }) =>
      nameOf(status, fingerprint, Date.parse(startsAt)),
    );
  }
}

const FIRING = "SELECT fingerprint, starts_at FROM tactus.alerts WHERE state = 'firing'";

function nameOf(status: string, fingerprint: string, startsAt: number): string {
  return `${fingerprint} ${status} since ${startsAt}`;
}
