import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { OpenedShare } from '../api/session.js';
import { Mark } from '../parts/icon.js';
import { Moment } from '../parts/moment.js';
import { Failure, Skeleton } from '../parts/states.js';
import { Freshness } from './freshness.js';
import { PauseButton } from './pause-button.js';
import { RangePicker } from './range-picker.js';

type SharedPage = ComponentType<{ readonly id: string }>;

/** One dashboard for who has a link to it: nothing leads elsewhere. */
export function SharedDashboard({ share }: { readonly share: OpenedShare }) {
  const [Page, setPage] = useState<SharedPage | null>(null);
  const [error, setError] = useState<unknown>(null);
  const load = () => {
    setError(null);
    import('../pages/dashboards/shared.js').then(({ default: loaded }) => setPage(() => loaded), setError);
  };
  useEffect(load, []);
  useEffect(() => {
    document.title = `${share.title} · Tactus`;
  }, [share.title]);
  return (
    <div class="shared">
      <header class="top">
        <Mark />
        <h1>{share.title}</h1>
        <Freshness />
        <PauseButton />
        <RangePicker />
      </header>
      <main class="main" id="main" tabIndex={-1}>
        {error !== null ? (
          <Failure error={error} onRetry={load} />
        ) : Page === null ? (
          <Skeleton lines={4} height="4rem" />
        ) : (
          <Page id={share.dashboardId} />
        )}
        <p class="card-note">
          Read-only, by a link that is good until <Moment at={share.expiresAt} />.
        </p>
      </main>
    </div>
  );
}
