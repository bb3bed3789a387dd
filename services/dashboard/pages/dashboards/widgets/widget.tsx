import { Skeleton } from '../../../parts/states.js';
import { useSeen } from '../../../parts/use-seen.js';
import type { Kind } from '../model/component.js';
import { AlertsWidget } from './alerts-widget.js';
import { ChartWidget } from './chart-widget.js';
import { HeatmapWidget } from './heatmap-widget.js';
import { KpiWidget } from './kpi-widget.js';
import { TableWidget } from './table-widget.js';
import { TextWidget } from './text-widget.js';
import type { WidgetProps } from './widget-props.js';

const WIDGETS: Readonly<Record<Kind, (props: WidgetProps) => preact.JSX.Element>> = {
  chart: ChartWidget,
  kpi: KpiWidget,
  heatmap: HeatmapWidget,
  table: TableWidget,
  alerts: AlertsWidget,
  text: TextWidget,
};

/** What a component shows. It asks for nothing before somebody sees it. */
export function Widget(props: WidgetProps) {
  const { element, isSeen } = useSeen();
  const Of = WIDGETS[props.component.kind];
  return (
    <div ref={element} class="widget">
      {isSeen ? <Of {...props} /> : <Skeleton lines={2} />}
    </div>
  );
}
