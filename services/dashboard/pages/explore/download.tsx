import { csvOf, figuresOf } from '../../charts/figures.js';
import type { ChartSeries } from '../../charts/series.js';
import { Button } from '../../parts/button.js';
import type { Span } from '../../time/moment.js';

interface DownloadProps {
  readonly metric: string;
  readonly series: readonly ChartSeries[];
  readonly span: Span;
}

/** The figures that are shown, as a file. */
export function DownloadButton({ metric, series, span }: DownloadProps) {
  const download = () => {
    const url = URL.createObjectURL(new Blob([csvOf(figuresOf(series, span))], { type: 'text/csv' }));
    const anchor = document.createElement('a');
    anchor.href = url;
    anchor.download = `${metric.replaceAll(/[^\w.-]+/g, '_').slice(0, 100)}.csv`;
    anchor.click();
    URL.revokeObjectURL(url);
  };
  return (
    <Button icon="download" disabled={series.length === 0} onClick={download}>
      CSV
    </Button>
  );
}
