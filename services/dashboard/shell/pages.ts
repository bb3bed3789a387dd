import type { ComponentType } from 'preact';
import type { Right } from '../api/session.js';
import type { IconName } from '../parts/icon.js';

export interface PageEntry {
  /** First part of the address. */
  readonly path: string;
  readonly title: string;
  readonly icon: IconName;
  /** Behind `g`, on the keyboard. */
  readonly key: string;
  readonly group: 'see' | 'act' | 'check' | 'manage';
  /** Without it the page is not offered. */
  readonly right: Right;
  readonly load: () => Promise<{ readonly default: ComponentType }>;
}

const loaded = new Map<PageEntry, ComponentType>();

/** Undefined where its code has not come. */
export const loadedPage = (page: PageEntry): ComponentType | undefined => loaded.get(page);

/** Has the code of a page come. */
export async function loadPage(page: PageEntry): Promise<void> {
  loaded.set(page, (await page.load()).default);
}

/** In the order in which they are offered. The API serves the same paths. */
export const PAGES: readonly PageEntry[] = [
  {
    ...{ path: '', title: 'Overview', icon: 'overview', key: 'o', group: 'see', right: 'read' },
    load: () => import('../pages/overview/page.js'),
  },
  {
    ...{ path: 'explore', title: 'Explore', icon: 'explore', key: 'e', group: 'see', right: 'read' },
    load: () => import('../pages/explore/page.js'),
  },
  {
    ...{ path: 'dashboards', title: 'Dashboards', icon: 'dashboards', key: 'd', group: 'see', right: 'read' },
    load: () => import('../pages/dashboards/page.js'),
  },
  {
    ...{ path: 'events', title: 'Events', icon: 'events', key: 'v', group: 'see', right: 'read' },
    load: () => import('../pages/events/page.js'),
  },
  {
    ...{ path: 'anomalies', title: 'Anomalies', icon: 'anomalies', key: 'n', group: 'act', right: 'read' },
    load: () => import('../pages/anomalies/page.js'),
  },
  {
    ...{ path: 'alerts', title: 'Alerts', icon: 'alerts', key: 'a', group: 'act', right: 'read' },
    load: () => import('../pages/alerts/page.js'),
  },
  {
    ...{ path: 'rules', title: 'Rules', icon: 'rules', key: 'r', group: 'act', right: 'read' },
    load: () => import('../pages/rules/page.js'),
  },
  {
    ...{ path: 'quality', title: 'Quality', icon: 'quality', key: 'q', group: 'check', right: 'read' },
    load: () => import('../pages/quality/page.js'),
  },
  {
    ...{
      path: 'dead-letters',
      title: 'Dead letters',
      icon: 'letters',
      key: 'l',
      group: 'check',
      right: 'read',
    },
    load: () => import('../pages/dead-letters/page.js'),
  },
  {
    ...{ path: 'access', title: 'Access', icon: 'access', key: 'u', group: 'manage', right: 'admin' },
    load: () => import('../pages/access/page.js'),
  },
  {
    ...{ path: 'settings', title: 'Settings', icon: 'settings', key: 's', group: 'manage', right: 'read' },
    load: () => import('../pages/settings/page.js'),
  },
];
