import { useEffect, useState } from 'preact/hooks';
import { Button } from './button.js';
import { Failure } from './states.js';

interface PageOf<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** Pages behind the first one, which are asked for by a press; they go when the first one is another. */
export function useMore<T>(
  first: PageOf<T> | null,
  load: (cursor: string) => Promise<PageOf<T>>,
  dependsOn: readonly unknown[],
) {
  const [more, setMore] = useState<PageOf<T> | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    setMore(null);
    setError(null);
  }, dependsOn);
  const cursor = more === null ? (first?.nextCursor ?? null) : more.nextCursor;
  const next = async () => {
    if (cursor === null) return;
    try {
      const page = await load(cursor);
      setMore({ items: [...(more?.items ?? []), ...page.items], nextCursor: page.nextCursor });
      setError(null);
    } catch (failed) {
      setError(failed);
    }
  };
  return {
    items: [...(first?.items ?? []), ...(more?.items ?? [])],
    button:
      error !== null ? (
        <Failure error={error} onRetry={() => void next()} />
      ) : cursor === null ? null : (
        <Button onClick={() => void next()}>Show more</Button>
      ),
  };
}
