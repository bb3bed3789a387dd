import { csvOf, figuresOf } from '../../charts/figures.js';
import type { ChartSeries } from '../../charts/series.js';
import { Button } from '../../parts/button.js';
import { saveFile } from '../../parts/save-file.js';
import type { Span } from '../../time/moment.js';

interface DownloadProps {
  readonly metric: string;
  readonly series: readonly ChartSeries[];
  readonly span: Span;
}

/** The figures that are shown, as a file. */
export function DownloadButton({ metric, series, span }: DownloadProps) {
  const download = () => {
    const name = `${metric.replaceAll(/[^\w.-]+/g, '_').slice(0, 100)}.csv`;
    saveFile(name, 'text/csv', csvOf(figuresOf(series, span)));
  };
  return (
    <Button icon="download" disabled={series.length === 0} onClick={download}>
      CSV
    </Button>
  );
}
