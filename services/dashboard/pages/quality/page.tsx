import { link, query, setQuery } from '../../address/address.js';
import { call } from '../../api/call.js';
import { useResource } from '../../api/resource.js';
import { tenant } from '../../api/session.js';
import { Card } from '../../parts/card.js';
import { Empty, Loaded } from '../../parts/states.js';
import { isMoving, rangeText, span } from '../../time/range.js';
import type { Quality } from './causes.js';
import { DefinitionRow } from './definition-row.js';
import { DifferingCard } from './differing-card.js';
import './quality.css';
import { chosenQuery, stateOf, stepAt } from './state.js';
import { STEP_TEXTS } from './strip.js';

const EVERY_MS = 15_000;

/** Whether windows have the figures of their stored points: which have not, why, and of which points. */
export default function Page() {
  const { from, to } = rangeText.value;
  const quality = useResource(
    (signal) =>
      call('GET /quality', { query: { from: `${span.peek().start}`, to: `${span.peek().end}` }, signal }),
    [tenant.value, from, to],
    { everyMs: isMoving.value ? EVERY_MS : null },
  );
  return (
    <div class="stack">
      <Card title="Windows compared with their stored points" actions={<Legend />}>
        <Loaded
          of={quality}
          isEmpty={({ windows }) => windows.length === 0}
          empty={
            <Empty title="Nothing was compared in this range yet">
              <p>
                A window is compared some minutes after it ends, and what was found is kept for some days.
                Choose another range, or wait for the next comparison.
              </p>
              <a class="button" href={link('/quality', { from: 'now-24h', to: 'now' })}>
                Show the last 24 hours
              </a>
            </Empty>
          }
        >
          {(found) => <Definitions quality={found} />}
        </Loaded>
      </Card>
      {quality.data !== null && quality.data.windows.length > 0 && <Chosen quality={quality.data} />}
    </div>
  );
}

function Definitions({ quality }: { readonly quality: Quality }) {
  const { window, slot } = stateOf(query.value);
  const chosen = chosenOf(quality, window);
  const range = { start: Date.parse(quality.from), end: Date.parse(quality.to) };
  return (
    <div class="quality-rows">
      {quality.windows.map((one) => (
        <DefinitionRow
          key={one.window}
          of={one}
          {...{ range, stepMs: quality.stepMs }}
          isChosen={one.window === chosen}
          slot={one.window === chosen && slot !== null ? stepAt(slot, quality.stepMs).start : null}
          onChoose={(start) =>
            setQuery({ window: one.window, slot: start, cause: null, ...chosenQuery(null) })
          }
        />
      ))}
    </div>
  );
}

function Chosen({ quality }: { readonly quality: Quality }) {
  const state = stateOf(query.value);
  const window = chosenOf(quality, state.window);
  const { from, to } = quality;
  const range =
    state.slot === null
      ? { start: Date.parse(from), end: Date.parse(to) }
      : stepAt(state.slot, quality.stepMs);
  return <DifferingCard key={window} {...{ window, range, state }} isLive={isMoving.value} />;
}

const chosenOf = ({ windows }: Quality, named: string | null): string =>
  named ?? windows.find(({ slots }) => slots.length > 0)?.window ?? windows[0]?.window ?? '';

function Legend() {
  return (
    <ul class="quality-legend" aria-label="Colours">
      {Object.entries(STEP_TEXTS).map(([is, text]) => (
        <li key={is}>
          <i data-is={is} /> {text}
        </li>
      ))}
    </ul>
  );
}
