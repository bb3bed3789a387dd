import type { ComponentChildren } from 'preact';
import { ApiProblem, ApiUnreachable, saidOf } from '../api/problem.js';
import type { Resource } from '../api/resource.js';
import { clockText } from '../time/format.js';
import { zone } from '../time/zone.js';
import { Button } from './button.js';
import { Icon, type IconName } from './icon.js';

interface StateProps {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ComponentChildren;
}

/** What stands in the place of something that is not there, and what to do about it. */
export function State({ icon, title, children }: StateProps) {
  return (
    <div class="state">
      <Icon name={icon} />
      <strong>{title}</strong>
      {children}
    </div>
  );
}

/** Nothing there yet: the children say how there will be. */
export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <State icon="empty" title={title}>
      {children}
    </State>
  );
}

/** Lines in the place of those that are on their way. */
export function Skeleton({
  lines = 3,
  height = '1rem',
}: {
  readonly lines?: number;
  readonly height?: string;
}) {
  return (
    <div class="stack" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} class="skeleton" style={{ height }} />
      ))}
    </div>
  );
}

interface LoadedProps<T> {
  readonly of: Resource<T>;
  /** While nothing is there. */
  readonly loading?: ComponentChildren;
  readonly isEmpty?: (data: T) => boolean;
  /** In the place of an answer that is empty: what the next step is. */
  readonly empty?: ComponentChildren;
  readonly children: (data: T) => ComponentChildren;
}

/**
 * Shows an answer in each state that it may be in: on its way, empty, there, there but older than it should be because the last
 * question failed, refused, and not to be had.
 */
export function Loaded<T>({ of, loading, isEmpty, empty, children }: LoadedProps<T>) {
  const { data, error, loadedAt, reload } = of;
  if (data === null)
    return error === null ? (loading ?? <Skeleton />) : <Failure error={error} onRetry={reload} />;
  return (
    <>
      {error !== null && (
        <div class="note is-warn" role="status">
          <Icon name={error instanceof ApiUnreachable ? 'offline' : 'warning'} />
          <span>
            Stale: as of {clockText(loadedAt ?? 0, zone.value)}. {saidOf(error)}
          </span>
          <Button isSmall onClick={reload}>
            Try again
          </Button>
        </div>
      )}
      {isEmpty?.(data) ? empty : children(data)}
    </>
  );
}

/** In the place of what could not be had. */
export function Failure({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const again = onRetry && (
    <Button isSmall onClick={onRetry}>
      Try again
    </Button>
  );
  if (error instanceof ApiProblem && error.isForbidden)
    return (
      <State icon="blocked" title="You may not see this">
        <p>{error.message}. Ask an admin of the tenant for a role that may.</p>
      </State>
    );
  if (error instanceof ApiUnreachable)
    return (
      <State icon="offline" title="The API does not answer">
        <p>{error.message} It is asked again by itself.</p>
        {again}
      </State>
    );
  return (
    <State icon="warning" title="This could not be shown">
      <p>{saidOf(error)}</p>
      {again}
    </State>
  );
}

/** Not all of it is shown, and why. */
export function Partial({ children }: { readonly children: ComponentChildren }) {
  return (
    <p class="note is-warn" role="status">
      <Icon name="warning" />
      <span>{children}</span>
    </p>
  );
}
