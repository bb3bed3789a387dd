import type { Component } from '../model/component.js';

export interface WidgetProps {
  readonly component: Component;
  /** In pixels. */
  readonly height: number;
}
