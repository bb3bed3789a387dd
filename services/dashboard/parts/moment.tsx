import { momentText } from '../time/format.js';
import { lengthText } from '../time/moment.js';
import { now } from '../time/range.js';
import { zone } from '../time/zone.js';

/** A moment in the chosen zone. @param at ms since the epoch, or ISO 8601 */
export function Moment({ at }: { readonly at: number | string }) {
  const time = new Date(at);
  return (
    <time dateTime={time.toISOString()} title={time.toISOString()}>
      {momentText(time.getTime(), zone.value)}
    </time>
  );
}

/** How long ago something was, which moves on. */
export function Ago({ at }: { readonly at: number | string }) {
  const time = new Date(at);
  const ms = now.value - time.getTime();
  return (
    <time dateTime={time.toISOString()} title={momentText(time.getTime(), zone.value)}>
      {ms >= 0 ? `${lengthText(ms)} ago` : `in ${lengthText(ms)}`}
    </time>
  );
}
