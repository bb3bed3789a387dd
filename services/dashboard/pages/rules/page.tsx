import { link, rest } from '../../address/address.js';
import { Editor } from './editor.js';
import { RuleList } from './rule-list.js';
import './rules.css';

/** Rules of alerts: which there are, and one of them with its history. */
export default function Rules() {
  const [name] = rest.value;
  if (name === undefined) return <RuleList />;
  return (
    <div class="stack">
      <a href={link('/rules')}>All rules</a>
      <Editor key={name} name={name === 'new' ? null : name} />
    </div>
  );
}
