import type { FastifyRequest } from 'fastify';
import { TactusError } from '../../../shared/core/errors.js';
import type { Refused } from '../access/asking.js';
import { type Component, componentsOf } from '../dashboards/components.js';
import {
  type AlertQuestion,
  type MetricQuestion,
  showsAlerts,
  showsMetric,
} from '../dashboards/shown-queries.js';
import { accessOf } from '../http/app.js';
import { findSharedDashboard } from '../queries/dashboard-shares.js';
import type { TenantDatabase } from '../queries/tenant-database.js';

/**
 * What a link to a dashboard lets through: what the dashboard shows at that moment. Link and dashboard are read for each request, so
 * that a link that was revoked is good for none.
 */
export class SharedReads {
  constructor(
    private readonly parts: {
      readonly database: Pick<TenantDatabase, 'read'>;
      readonly refused: Refused;
    },
  ) {}

  /** Of the dashboard itself. */
  readonly dashboard = async (request: FastifyRequest): Promise<void> => {
    const { id } = request.params as { readonly id: string };
    const shown = await this.#shownTo(request);
    if (shown.id !== id) throw this.#notShown(request, 'another dashboard');
  };

  /** Of a metric. @param question of a request that is valid */
  metric<T>(question: (query: T) => MetricQuestion | null): (request: FastifyRequest) => Promise<void> {
    return async (request) => {
      const { components } = await this.#shownTo(request);
      const asked = question(request.query as T);
      if (asked === null || !showsMetric(components, asked))
        throw this.#notShown(request, 'this metric with these tags, groups and this aggregation');
    };
  }

  /** Of alerts. */
  alerts<T>(question: (query: T) => AlertQuestion): (request: FastifyRequest) => Promise<void> {
    return async (request) => {
      const { components } = await this.#shownTo(request);
      if (!showsAlerts(components, question(request.query as T)))
        throw this.#notShown(request, 'alerts by these filters');
    };
  }

  /** @throws TactusError `TACTUS_CREDENTIALS_REFUSED` where the link is not in force any more */
  async #shownTo({
    asking,
    gone,
  }: FastifyRequest): Promise<{ id: string; components: readonly Component[] }> {
    const { caller, tenantId } = asking;
    const found = await this.parts.database.read(tenantId, 'finding a link', gone, (reader) =>
      findSharedDashboard(reader, caller.id),
    );
    if (found === null)
      throw new TactusError(
        'TACTUS_CREDENTIALS_REFUSED',
        'the link has expired or was revoked, or its dashboard was removed',
      );
    return { id: found.id, components: componentsOf(found.spec) };
  }

  #notShown(request: FastifyRequest, what: string): TactusError {
    const { caller, tenantId } = request.asking;
    this.parts.refused(caller, 'read', tenantId, accessOf(request));
    return new TactusError('TACTUS_NOT_ALLOWED', `the dashboard of the link does not show ${what}`);
  }
}
