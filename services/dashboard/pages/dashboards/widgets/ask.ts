import { call } from '../../../api/call.js';
import type { MetricOverTime } from '../../../api/operations.js';
import { type Resource, useResource } from '../../../api/resource.js';
import { tenant } from '../../../api/session.js';
import { isMoving, rangeText, type Span, span } from '../../../time/range.js';
import { refreshMs } from '../../../time/refresh.js';
import type { Component } from '../model/component.js';
import { questionOf, resolutionOf } from '../model/questions.js';

/** An answer, and the range that it is of. */
export interface Asked {
  readonly answer: MetricOverTime;
  readonly span: Span;
}

/** How often a component is asked for again; null where it does not move on. */
export function everyMs(): number | null {
  const { start, end } = span.value;
  return isMoving.value ? refreshMs(end - start) : null;
}

/** What a component shows, in the range of the page. */
export function useSeries(component: Component): Resource<Asked> {
  const question = questionOf(component);
  const { from, to } = rangeText.value;
  return useResource(
    async (signal) => {
      const { start, end } = span.peek();
      const resolution = resolutionOf(component, end - start);
      const range = {
        ...{ from: new Date(start).toISOString(), to: new Date(end).toISOString() },
        ...(resolution !== null && { resolution }),
      };
      const answer =
        question.operation === 'GET /metrics/query'
          ? await call(question.operation, { query: { ...question.query, ...range }, signal })
          : await call(question.operation, { query: { ...question.query, ...range }, signal });
      return { answer, span: { start, end } };
    },
    [JSON.stringify(question), from, to, tenant.value],
    { everyMs: everyMs() },
  );
}
