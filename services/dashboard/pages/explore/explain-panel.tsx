import { setQuery } from '../../address/address.js';
import { Button, IconButton } from '../../parts/button.js';
import { Card } from '../../parts/card.js';
import { Table } from '../../parts/table.js';
import { clockText, figure } from '../../time/format.js';
import { lengthText, type Span } from '../../time/moment.js';
import { zone } from '../../time/zone.js';
import { ExplainAll } from './explain-all.js';
import type { Change } from './explained.js';

const MOST = 20;

interface ExplainPanelProps {
  readonly window: Span;
  readonly changes: readonly Change[];
  readonly shown: readonly string[] | null;
  readonly onShown: (shown: readonly string[] | null) => void;
}

/** Which series changed most in a window, against as long before it. */
export function ExplainPanel({ window, changes, shown, onShown }: ExplainPanelProps) {
  return (
    <Card
      title="What changed here"
      note={`${clockText(window.start, zone.value)} to ${clockText(window.end, zone.value)}, against the ${lengthText(window.end - window.start)} before`}
      actions={
        <IconButton
          icon="close"
          label="Close the explanation"
          onClick={() => {
            onShown(null);
            setQuery({ explain: null });
          }}
        />
      }
    >
      <Table
        name="Series that changed most"
        rows={changes.slice(0, MOST)}
        keyOf={({ name }) => name}
        columns={[
          { name: 'Series', cell: ({ name }) => name, by: ({ name }) => name },
          {
            name: 'Before',
            isNumber: true,
            cell: ({ before }) => figure(before),
            by: ({ before }) => before,
          },
          { name: 'Here', isNumber: true, cell: ({ within }) => figure(within), by: ({ within }) => within },
          {
            name: 'Change',
            isNumber: true,
            cell: ({ score }) => (
              <span class="bar explore-score">
                <meter min={0} max={1} value={score} aria-label="How unusual" />
                {score.toFixed(2)}
              </span>
            ),
            by: ({ score }) => score,
          },
          {
            name: 'Show',
            cell: ({ name }) => (
              <Button
                isSmall
                aria-pressed={shown?.length === 1 && shown[0] === name}
                onClick={() => onShown(shown?.length === 1 && shown[0] === name ? null : [name])}
              >
                Isolate
              </Button>
            ),
          },
        ]}
      />
      {changes.length > MOST && (
        <p class="card-note">
          The {MOST} that changed most of {changes.length}.
        </p>
      )}
      <ExplainAll window={window} />
    </Card>
  );
}
