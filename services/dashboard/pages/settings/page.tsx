import { call } from '../../api/call.js';
import { useResource } from '../../api/resource.js';
import { user } from '../../api/session.js';
import { Card } from '../../parts/card.js';
import { Choice } from '../../parts/field.js';
import { Moment } from '../../parts/moment.js';
import { Loaded } from '../../parts/states.js';
import { Tag } from '../../parts/tag.js';
import { THEMES, type Theme, theme } from '../../parts/theme.js';
import { LOCAL_ZONE, setZone, UTC, zone } from '../../time/zone.js';
import { Password } from './password.js';
import { SecondFactor } from './second-factor.js';
import './settings.css';

const TEXTS: Readonly<Record<Theme, string>> = {
  ...{ system: 'same as the system', light: 'light', dark: 'dark', contrast: 'high contrast' },
};

/** What somebody sees and changes of themselves, and how it looks in this browser. */
export default function Settings() {
  const own = useResource((signal) => call('GET /auth/me', { signal, ofTenant: false }), [user.value?.name]);
  return (
    <div class="settings">
      <Card title="You">
        <Loaded of={own}>
          {({ name, roles, createdAt, lastLoginAt }) => (
            <dl class="facts">
              <dt>Name</dt>
              <dd>{name}</dd>
              <dt>Roles</dt>
              <dd class="bar">
                {Object.entries(roles).map(([of, role]) => (
                  <Tag key={of}>
                    {role} of {of === '*' ? 'all tenants' : of}
                  </Tag>
                ))}
              </dd>
              <dt>Added</dt>
              <dd>
                <Moment at={createdAt} />
              </dd>
              {lastLoginAt !== null && (
                <>
                  <dt>Last login</dt>
                  <dd>
                    <Moment at={lastLoginAt} />
                  </dd>
                </>
              )}
            </dl>
          )}
        </Loaded>
      </Card>
      <Card title="In this browser">
        <div class="stack">
          <Choice
            label="Theme"
            value={theme.value}
            options={THEMES.map((value) => ({ value, text: TEXTS[value] }))}
            onChoice={(chosen) => {
              theme.value = chosen;
            }}
          />
          <Choice
            label="Times in"
            value={zone.value}
            options={[...new Set([LOCAL_ZONE, UTC, zone.value])]}
            hint="The zone is part of the address: a link shows the same times to everyone."
            onChoice={setZone}
          />
        </div>
      </Card>
      <Card title="Password">
        <Password />
      </Card>
      <Card title="Second factor">
        <Loaded of={own}>
          {({ secondFactor }) => <SecondFactor isOn={secondFactor} onChanged={own.reload} />}
        </Loaded>
      </Card>
      <Card title="For programs">
        <div class="stack">
          <p>Everything here is there for programs as well, with a key.</p>
          <div class="bar">
            <a class="button" data-leaves href="/docs">
              Try the API
            </a>
            <a class="button" data-leaves href="/openapi.json">
              OpenAPI
            </a>
          </div>
        </div>
      </Card>
    </div>
  );
}
