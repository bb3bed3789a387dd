import { link } from '../../address/address.js';
import type { Alert } from '../../api/operations.js';
import { ownLabels, tagTexts } from '../../api/tags.js';
import { Ago } from '../../parts/moment.js';
import { Severity, Tag } from '../../parts/tag.js';
import { figure } from '../../time/format.js';
import { boxOf } from './inbox.js';

interface AlertRowProps {
  readonly alert: Alert;
  readonly isChosen: boolean;
  /** Null where nothing can be done with it. */
  readonly onChoice: ((isChosen: boolean) => void) | null;
}

/** An alert in a line: how bad, what, since when. */
export function AlertRow({ alert, isChosen, onChoice }: AlertRowProps) {
  const { fingerprint, rule, severity, labels, annotations, value, startsAt, endsAt } = alert;
  const box = boxOf(alert);
  const shown = tagTexts(ownLabels(labels));
  return (
    <li class="alert-row" data-alert={fingerprint}>
      {onChoice !== null && (
        <input
          type="checkbox"
          aria-label={`Choose ${rule} ${shown.join(' ')}`}
          checked={isChosen}
          onChange={({ currentTarget }) => onChoice(currentTarget.checked)}
        />
      )}
      <Severity of={severity} />
      <div class="alert-what">
        <a href={link(`/alerts/${fingerprint}`)}>{rule}</a>
        {annotations.summary !== undefined && <p>{annotations.summary}</p>}
        <p class="card-note">{shown.join('  ')}</p>
      </div>
      <span class="alert-value">{figure(value)}</span>
      {annotations.flapping !== undefined && (
        <span title={annotations.flapping}>
          <Tag tone="warn">flapping</Tag>
        </span>
      )}
      {box !== alert.state && <Tag tone="accent">{box}</Tag>}
      <span class="row-when">
        {endsAt === null ? (
          <>
            started <Ago at={startsAt} />
          </>
        ) : (
          <>
            ended <Ago at={endsAt} />
          </>
        )}
      </span>
    </li>
  );
}
