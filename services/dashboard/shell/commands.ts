import { go, link } from '../address/address.js';
import { call } from '../api/call.js';
import { logOut, may } from '../api/session.js';
import type { IconName } from '../parts/icon.js';
import { THEMES, theme } from '../parts/theme.js';
import { isPaused, PRESETS, setPaused, showRange } from '../time/range.js';
import { LOCAL_ZONE, setZone, UTC } from '../time/zone.js';
import { isHelpOpen } from './keys.js';
import { PAGES } from './pages.js';

/** What the palette offers. */
export interface Command {
  readonly name: string;
  readonly icon: IconName;
  readonly run: () => void;
}

const METRICS = 1_000;

/** What there is without asking anybody. */
export function commands(): Command[] {
  return [
    ...PAGES.filter(({ right }) => may(right)).map(({ title, icon, path }) => ({
      name: `Go to ${title}`,
      icon,
      run: () => go(link(`/${path}`)),
    })),
    ...PRESETS.map(({ name, from }) => ({
      name: `Show: ${name}`,
      icon: 'clock' as const,
      run: () => showRange(from, 'now'),
    })),
    {
      name: isPaused.value ? 'Go on live' : 'Pause',
      icon: isPaused.value ? 'play' : 'pause',
      run: () => setPaused(!isPaused.peek()),
    },
    ...[LOCAL_ZONE, UTC].map((zone) => ({
      name: `Times in ${zone}`,
      icon: 'clock' as const,
      run: () => setZone(zone),
    })),
    ...THEMES.map((name) => ({
      name: `Theme: ${name}`,
      icon: 'moon' as const,
      run: () => {
        theme.value = name;
      },
    })),
    {
      name: 'Keys',
      icon: 'settings',
      run: () => {
        isHelpOpen.value = true;
      },
    },
    { name: 'Log out', icon: 'user', run: () => void logOut() },
  ];
}

/** Metrics of the last day, and dashboards. */
export async function foundElsewhere(signal: AbortSignal): Promise<Command[]> {
  const [metrics, dashboards] = await Promise.all([
    call('GET /metrics', { query: { from: 'now-1d', limit: METRICS }, signal }),
    call('GET /dashboards', { query: {}, signal }),
  ]);
  return [
    ...metrics.items.map(({ metric }) => ({
      name: `Explore ${metric}`,
      icon: 'explore' as const,
      run: () => go(link('/explore', { metric })),
    })),
    ...dashboards.items.map(({ id, title }) => ({
      name: `Dashboard ${title}`,
      icon: 'dashboards' as const,
      run: () => go(link(`/dashboards/${encodeURIComponent(id)}`)),
    })),
  ];
}
