import { connection } from '../api/connection.js';
import { liveState } from '../api/live.js';
import { classes } from '../parts/class-names.js';
import { Dot } from '../parts/tag.js';
import { clockText } from '../time/format.js';
import { lengthText } from '../time/moment.js';
import { isPaused, now } from '../time/range.js';
import { zone } from '../time/zone.js';

const JUST_MS = 1_500;
const agoText = (ms: number): string => (ms < JUST_MS ? 'just now' : `${lengthText(ms)} ago`);

/** Whether what is shown is of this moment, and if not, of when it is. */
export function Freshness() {
  const { isReachable, heardAt } = connection.value;
  const live = liveState.value;
  const staleSince = !isReachable ? heardAt : live.is === 'stale' ? live.since : null;
  const [tone, text] =
    staleSince !== null
      ? (['bad', `Stale since ${clockText(staleSince, zone.value)}`] as const)
      : isPaused.value
        ? (['warn', `Paused at ${clockText(now.value, zone.value)}`] as const)
        : (['ok', `${live.is === 'live' ? 'Live' : 'Updated'}`] as const);
  return (
    <span class="live-state">
      <Dot tone={tone} />
      <span role="status" class={classes(tone === 'ok' && 'quiet-on-phone')}>
        {text}
      </span>
      {tone === 'ok' && <span class="not-phone">{agoText(now.value - heardAt)}</span>}
    </span>
  );
}
