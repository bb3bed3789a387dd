import { setImmediate } from 'node:timers/promises';
import type { Alert, AlertControl } from '../../../schemas/types.js';
import { hiddenBy } from '../../../shared/alerting/controls.js';
import { type Matcher, parseMatcher } from '../../../shared/alerting/matcher.js';
import { TactusError } from '../../../shared/core/errors.js';

interface Silence {
  readonly control: AlertControl;
  readonly matchers: readonly Matcher[];
}

/**
 * Which silences of a tenant its alerts fit, for one request: patterns are compiled once, an alert is tried once, however often it is asked
 * about, and others have their turn before the next one.
 */
export class AlertSilences {
  readonly #silences: Promise<Silence[]>;
  readonly #found = new Map<string, Promise<AlertControl[]>>();
  #before: Promise<unknown>;

  /** @param gone aborts when the client has gone */
  constructor(
    private readonly tenantId: string,
    all: Promise<readonly AlertControl[]>,
    private readonly gone: AbortSignal,
  ) {
    this.#silences = all.then((controls) => controls.flatMap(readable));
    this.#before = this.#silences;
  }

  async of(labels: Alert['labels']): Promise<readonly AlertControl[]> {
    const key = JSON.stringify(labels);
    const known = this.#found.get(key);
    if (known !== undefined) return await known;
    const found = this.#before.then(() => this.#find(labels));
    this.#found.set(key, found);
    this.#before = found;
    return await found;
  }

  async #find(labels: Alert['labels']): Promise<AlertControl[]> {
    await setImmediate();
    if (this.gone.aborted)
      throw new TactusError('TACTUS_QUERY_TIMEOUT', 'finding silences: the client has gone');
    const alerts = [{ tenantId: this.tenantId, labels }];
    return (await this.#silences)
      .filter(({ control: { tenantId }, matchers }) => hiddenBy({ matchers, tenantId }, alerts).length > 0)
      .map(({ control }) => control);
  }
}

/** One that has no matcher, or one that cannot be read, silences nothing. */
function readable(control: AlertControl): Silence[] {
  const matchers = control.matchers.map(parseMatcher).filter((one) => typeof one !== 'string');
  return matchers.length > 0 && matchers.length === control.matchers.length ? [{ control, matchers }] : [];
}
