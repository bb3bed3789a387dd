import { hasFigures } from '../../api/anomaly-figures.js';
import type { Anomaly } from '../../api/operations.js';
import { figure } from '../../time/format.js';

/** Value and expectation of an anomaly, among its facts; nothing where it has none of its metric. */
export function Figures({ of }: { readonly of: Anomaly }) {
  if (!hasFigures(of)) return null;
  return (
    <>
      <dt>Value</dt>
      <dd>{figure(of.value)}</dd>
      <dt>Expected</dt>
      <dd>
        {figure(of.expected)}, between {figure(of.lower)} and {figure(of.upper)}
      </dd>
    </>
  );
}
