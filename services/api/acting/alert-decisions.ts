import type { Alert, AlertControl } from '../../../schemas/types.js';
import { Controls, isAbout } from '../../../shared/alerting/controls.js';
import type { Millis } from '../../../shared/core/clock.js';
import { controlKey } from '../../../shared/wire/control-key.js';

/** One time that an alert went up. */
type Occurrence = Pick<Alert, 'fingerprint' | 'tenantId' | 'labels' | 'state' | 'startsAt' | 'updatedAt'>;

/** What people have decided about alerts. */
export class AlertDecisions {
  readonly #controls = new Controls();

  /** @param records of `control.alerts`, the latest of each key */
  constructor(private readonly records: ReadonlyMap<string, AlertControl>) {}

  /** After a record is in {@link records}, or has gone. */
  changed(key: string, control: AlertControl | null, now: Millis): void {
    this.#controls.changed(key, control, now);
  }

  on(alert: Occurrence, now: Millis): { readonly acknowledged: boolean; readonly silenced: boolean } {
    return {
      acknowledged: this.#controls.acknowledged(alert, alert.startsAt) && !this.#isOfLater(alert),
      silenced: this.#controls.silenced(alert, now),
    };
  }

  /** The last acknowledgement of an alert of a tenant; null without one. */
  acknowledgementOf({ fingerprint, tenantId }: Pick<Alert, 'fingerprint' | 'tenantId'>): AlertControl | null {
    const control = this.records.get(controlKey.acknowledgement(fingerprint));
    return control !== undefined && isAbout(control, tenantId) ? control : null;
  }

  /** Why a silence could not be in force beside those that are; null where it can. */
  problemOf(control: AlertControl, now: Millis): string | null {
    return this.#controls.problem(control, now);
  }

  /** Whether an alert that is over was so before it was acknowledged: then that was for a time that it went up later. */
  #isOfLater(alert: Occurrence): boolean {
    return alert.state === 'resolved' && (this.acknowledgementOf(alert)?.createdAt ?? 0) > alert.updatedAt;
  }
}
