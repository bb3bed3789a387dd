import { link, query } from '../../address/address.js';
import { type Answer, call } from '../../api/call.js';
import { useResource } from '../../api/resource.js';
import { may, tenant } from '../../api/session.js';
import { Card } from '../../parts/card.js';
import { ChoiceFilter, Filters } from '../../parts/filters.js';
import { Icon } from '../../parts/icon.js';
import { Moment } from '../../parts/moment.js';
import { useMore } from '../../parts/more.js';
import { Empty, Loaded } from '../../parts/states.js';
import { Table } from '../../parts/table.js';
import { Severity, Tag } from '../../parts/tag.js';
import type { Tone } from '../../parts/tone.js';
import { termsText } from './models.js';

const LIMIT = 100;
const EVERY_MS = 10_000;
const TONES: Readonly<Record<string, Tone>> = {
  ...{ firing: 'bad', pending: 'warn', inactive: 'ok', records: 'ok', fails: 'bad' },
};
const ORIGINS = {
  '': 'All',
  api: 'Made here',
  control: 'By tactus rules apply',
  file: 'From a file',
} as const;

type Listed = Pick<Answer<'GET /rules'>['items'][number], 'state' | 'firing' | 'record' | 'problem'>;

/** A recording rule has no alerts, but for one that says why it fails. */
function stateOf({ state, record, problem }: Listed): string {
  if (record === undefined || state === 'off') return state;
  return problem === null ? 'records' : 'fails';
}

const stateText = (rule: Listed): string => (rule.firing > 0 ? `${rule.firing} firing` : stateOf(rule));

/** All rules that look at the tenant's series. */
export function RuleList() {
  const origin = query.value.get('origin') as 'api' | 'control' | 'file' | null;
  const asked = { limit: LIMIT, ...(origin !== null && { origin }) };
  const question = [tenant.value, origin];
  const rules = useResource((signal) => call('GET /rules', { query: asked, signal }), question, {
    everyMs: EVERY_MS,
  });
  const more = useMore(rules.data, (cursor) => call('GET /rules', { query: { ...asked, cursor } }), [
    ...question,
    rules.loadedAt,
  ]);
  return (
    <div class="stack">
      <Filters>
        <ChoiceFilter name="origin" label="Where from" options={ORIGINS} />
        {may('operate') && (
          <a class="button is-primary" href={link('/rules/new')}>
            <Icon name="plus" /> New rule
          </a>
        )}
      </Filters>
      <Card title="Rules">
        <Loaded
          of={rules}
          isEmpty={({ items }) => items.length === 0}
          empty={
            <Empty title="No rules">
              <p>
                A rule raises an alert while a condition holds. Make one here, or from a chart in Explore.
              </p>
            </Empty>
          }
        >
          {() => (
            <>
              <Table
                name="Rules"
                rows={more.items}
                keyOf={({ name, origin: from }) => `${from} ${name}`}
                columns={[
                  {
                    name: 'Rule',
                    cell: ({ name }) => <a href={link(`/rules/${encodeURIComponent(name)}`)}>{name}</a>,
                    by: ({ name }) => name,
                  },
                  {
                    name: 'State',
                    cell: (rule) => <Tag tone={TONES[stateOf(rule)] ?? 'plain'}>{stateText(rule)}</Tag>,
                    by: stateOf,
                  },
                  {
                    name: 'Severity',
                    cell: ({ severity = 'warning', record }) =>
                      record === undefined && <Severity of={severity} />,
                    by: ({ severity = '' }) => severity,
                  },
                  {
                    name: 'Condition',
                    cell: ({ expr, record, recordedAt, noData, problem, ...rule }) => (
                      <>
                        {record !== undefined && (
                          <>
                            <code>{record}</code> ={' '}
                          </>
                        )}
                        <code>{expr ?? (noData === 'alert' ? 'no data' : termsText(rule))}</code>
                        {record !== undefined && recordedAt !== null && (
                          <p class="card-note">
                            last <Moment at={recordedAt} />
                          </p>
                        )}
                        {problem !== null && <p class="field-error">{problem}</p>}
                      </>
                    ),
                  },
                  {
                    name: 'Metric',
                    cell: ({ metric, metrics, on }) =>
                      metric ?? (metrics === undefined ? (on === 'anomaly' ? 'all' : '') : 'several'),
                    by: ({ metric = '' }) => metric,
                  },
                  { name: 'From', cell: ({ origin: from }) => ORIGINS[from], by: ({ origin: from }) => from },
                ]}
              />
              {more.button}
            </>
          )}
        </Loaded>
      </Card>
    </div>
  );
}
