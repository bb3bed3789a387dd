import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { templateData } from '../../../../services/alerting/notify/template-data.js';
import { compileChannelTemplate } from '../../../../services/alerting/notify/templates/template.js';
import { alertOf, notificationOf, resolved } from './helpers.js';

const NOTIFICATION = notificationOf(
  [
    alertOf('web-1', {
      severity: 'critical',
      annotations: { summary: 'CPU is hot', runbook_url: 'https://r.example/' },
    }),
    alertOf('web-2', { value: 1_234_567 }),
  ],
  [resolved(alertOf('db-1'))],
);
const DATA = templateData(NOTIFICATION, 'https://t.example');

function rendered(source: string, data = DATA): string | null {
  const template = compileChannelTemplate(source);
  if (typeof template === 'string') assert.fail(template);
  return template.render(data);
}

function mistake(source: string): string {
  const template = compileChannelTemplate(source);
  return typeof template === 'string' ? template : assert.fail('it was accepted');
}

describe('a template of a channel', () => {
  it('fills in what Alertmanager has, by its names', () => {
    assert.equal(
      rendered(
        '[{{ .Status | toUpper }}:{{ .Alerts.Firing | len }}] {{ .GroupLabels.alertname }} by {{ .Receiver }}',
      ),
      '[FIRING:2] Hot by ops',
    );
    assert.equal(
      rendered(
        '{{ range .Alerts.Firing }}{{ .Labels.host }} {{ .Annotations.summary }} {{ .GeneratorURL }};{{ end }}',
      ),
      'web-1 CPU is hot https://t.example/alerts/web-1;web-2 web-2 is hot https://t.example/alerts/web-2;',
    );
    assert.equal(
      rendered('{{ range .Alerts.Resolved }}{{ .StartsAt }} {{ $.Severity }}{{ end }}'),
      '2023-11-14T22:13:20.000Z critical',
    );
    assert.equal(
      rendered('{{ .CommonLabels.tenant }} {{ .CommonLabels.host }}{{ .ExternalURL }}'),
      'acme https://t.example',
    );
  });

  it('has conditions, lists and comments, and takes blanks away where it is asked to', () => {
    assert.equal(rendered('{{ if eq .Status "firing" }}on{{ else }}off{{ end }}'), 'on');
    assert.equal(rendered('{{ if .Labels.nothing }}a{{ else }}b{{ end }}{{/* why */}}'), 'b');
    assert.equal(rendered('{{ range .Nothing }}a{{ else }}none{{ end }}'), 'none');
    assert.equal(rendered('a \n{{- if true_ }}{{ end }}'.replace('true_', 'not ""')), 'a');
    assert.equal(rendered('a {{- " b " -}} c'), 'a b c');
    assert.equal(rendered('{{ "}}" }}{{ `\\d"` }}'), '}}\\d"');
    assert.equal(
      rendered('{{ range .GroupLabels }}{{ .Name }}={{ .Value }} {{ end }}'),
      'alertname=Hot tenant=acme ',
    );
  });

  it('has functions by the names of Alertmanager and Prometheus', () => {
    const cases: [string, string][] = [
      ['{{ "a b" | title }}', 'A B'],
      ['{{ toLower "AB" }}{{ trimSpace " a " }}', 'aba'],
      ['{{ .GroupLabels | pairs | join ", " }}', 'alertname=Hot, tenant=acme'],
      [
        '{{ names .GroupLabels | join "," }} {{ values .GroupLabels | join "," }}',
        'alertname,tenant Hot,acme',
      ],
      ['{{ if match "^web-[0-9]+$" "web-12" }}yes{{ end }}', 'yes'],
      ['{{ reReplaceAll "(\\\\w+)-(\\\\d+)" "$2 of \u0024{1}$$" "web-1 db-2" }}', '1 of web$ 2 of db$'],
      ['{{ reReplaceAll "x*" "-" "ab" }}', '-a-b-'],
      ['{{ .Nothing | default "none" }} {{ "a" | default "none" }}', 'none a'],
      ['{{ humanize 1234567 }} {{ humanize1024 2048 }} {{ humanizePercentage 0.256 }}', '1.235M 2ki 25.6%'],
      [
        '{{ humanizeDuration 93784 }} {{ humanizeDuration 0.5 }} {{ humanize "many" }}',
        '1d 2h 3m 4s 500ms many',
      ],
      ['{{ humanizeTimestamp 1700000000 }}', '2023-11-14T22:13:20.000Z'],
      ['{{ urlquery "a b&c" }} {{ truncate 3 "abcdef" }}', 'a%20b%26c abc...'],
      ['{{ toJson "a\\"b" }} {{ toJson .GroupLabels }}', '"a\\"b" {"alertname":"Hot","tenant":"acme"}'],
      ['{{ and "a" "b" }} {{ or "" 0 }} {{ ne "a" "b" }}', 'true false true'],
    ];
    for (const [source, expected] of cases) assert.equal(rendered(source), expected, source);
  });

  it('reaches nothing but what it is given', () => {
    for (const path of [
      '.constructor',
      '.Status.length',
      '.Alerts.map',
      '$.__proto__',
      '.GroupLabels.toString',
    ])
      assert.equal(rendered(`{{ ${path} }}`), '', path);
    for (const name of ['constructor', 'toString', '__proto__', 'eval'])
      assert.match(mistake(`{{ ${name} "a" }}`), /unknown function/);
  });

  it('is refused with what is wrong in it', () => {
    const cases: [string, RegExp][] = [
      ['{{ .Status', /has \{\{ without its \}\}/],
      ['{{ if .Status }}', /has \{\{ if \.Status \}\} without its \{\{ end \}\}/],
      ['{{ end }}', /has \{\{ end \}\} without its beginning/],
      ['{{ }}', /empty/],
      ['{{ toUpper }}', /toUpper takes one value/],
      ['{{ .Status | .Status }}', /\.Status is no function/],
      ['{{ toUpper (title "a") }}', /not understood at "\(/],
      ['{{ match "(?=a)" "a" }}', /its pattern is no regular expression in RE2/],
      ['{{ match .Status "a" }}', /its pattern must be a text/],
      ['{{ $x := 1 }}', /not understood/],
      ['{{ if .A }}'.repeat(9) + '{{ end }}'.repeat(9), /is more than 8 deep/],
      ['a'.repeat(8_001), /is longer than 8000 characters/],
    ];
    for (const [source, says] of cases) assert.match(mistake(source), says, source.slice(0, 40));
  });

  it('takes bounded time and memory, whatever labels hold', () => {
    const host = 'a'.repeat(2_000);
    const many = Array.from({ length: 100 }, (_, i) => alertOf(`a${i}`, { labels: { host } }));
    const data = templateData(notificationOf(many), '');
    const loop = ['{{ range $.Alerts }}'.repeat(5), '{{ .Labels.host }}', '{{ end }}'.repeat(5)].join('');
    // Of this process: others on the machine are no fault of a template.
    const began = process.cpuUsage();
    for (const source of [
      loop,
      '{{ range .Alerts }}{{ range $.Alerts }}{{ reReplaceAll "(a|aa)+b|a" "$1$1" .Labels.host }}{{ end }}{{ end }}',
      ['{{ range $.Alerts }}'.repeat(8), '{{ end }}'.repeat(8)].join(''),
      '{{ range .Alerts }}{{ range $.Alerts }}{{ $.Alerts }}{{ end }}{{ end }}',
      '{{ range .Alerts }}{{ range $.Alerts }}{{ if eq $.Alerts $.Alerts }}a{{ end }}{{ end }}{{ end }}',
      '{{ range .Alerts }}{{ range $.Alerts }}{{ truncate 1 $.Alerts }}{{ end }}{{ end }}',
      `{{ .CommonLabels.host | reReplaceAll ".+" "${'$0'.repeat(100)}" | reReplaceAll ".+" "${'$0'.repeat(3_000)}" }}`,
    ])
      assert.equal(rendered(source, data), null, source);
    assert.ok(process.cpuUsage(began).user < 2_000_000);
    assert.equal(rendered('{{ range .Alerts }}{{ .Labels.host }}{{ end }}', data)?.length, 16_003);
    assert.equal(rendered('{{ truncate 2 "a😀b" }}'), 'a\ufffd...');
  });
});
