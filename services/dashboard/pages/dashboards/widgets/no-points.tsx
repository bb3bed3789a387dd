import { Empty } from '../../../parts/states.js';

/** In the place of a component that has nothing to show. */
export function NoPoints({ metric }: { readonly metric: string | undefined }) {
  return (
    <Empty title="No points in this range">
      <p>
        Nothing was measured as <code>{metric}</code>. Show a longer range, or look at its name and tags.
      </p>
    </Empty>
  );
}
