import { useState } from 'preact/hooks';
import { setQuery } from '../../address/address.js';
import { type Box, differencesOf } from '../../charts/heat.js';
import { Heatmap } from '../../charts/heatmap.js';
import type { ChartSeries } from '../../charts/series.js';
import { Button } from '../../parts/button.js';
import { Table } from '../../parts/table.js';
import { share } from '../../time/format.js';
import type { Span } from '../../time/moment.js';
import { type Pair, withTag } from './state.js';

interface HeatmapViewProps {
  readonly metric: string;
  readonly series: readonly ChartSeries[];
  readonly span: Span;
  readonly height: number;
  readonly unit?: string;
  readonly tags: readonly Pair[];
}

const MOST = 20;

/** Where the values of all series lie, and by which tags those in a box differ from the others. */
export function HeatmapView({ metric, series, span, height, unit, tags }: HeatmapViewProps) {
  const [box, setBox] = useState<Box | null>(null);
  const differences = box === null ? [] : differencesOf(series, span, box);
  return (
    <>
      <Heatmap
        {...{ series, span, height, box, onBox: setBox }}
        name={metric}
        {...(unit !== undefined && { unit })}
      />
      {box !== null && differences.length === 0 && (
        <p class="card-note">Values in the box have the same tags as all others.</p>
      )}
      {differences.length > 0 && (
        <Table
          name="Tags that differ in the box"
          rows={differences.slice(0, MOST)}
          keyOf={({ name, value }) => `${name}=${value}`}
          columns={[
            { name: 'Tag', cell: ({ name, value }) => `${name}=${value}` },
            { name: 'In the box', isNumber: true, cell: ({ inside }) => share(inside) },
            { name: 'Elsewhere', isNumber: true, cell: ({ outside }) => share(outside) },
            {
              name: 'Filter',
              cell: ({ name, value }) => (
                <Button isSmall onClick={() => setQuery(withTag(tags, [name, value]))}>
                  Show only these
                </Button>
              ),
            },
          ]}
        />
      )}
    </>
  );
}
