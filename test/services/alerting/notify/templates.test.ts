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
      ['{{ and "a" "b" }} {{ or "" 0 }} {{ ne "a" "b" }}', 'b 0 true'],
      ['{{ or .Nothing "" "third" "fourth" }} {{ and 1 "" 2 }}.', 'third .'],
      [
        '{{ eq "b" "a" "b" }} {{ gt 10 9 }} {{ lt "a" "b" }} {{ ge 2 2.0 }} {{ le 3 "2" }}',
        'true true true true false',
      ],
      [
        '{{ index .GroupLabels "tenant" }} {{ (index .Alerts 1).Labels.host }}{{ index .Alerts 9 }}',
        'acme web-2',
      ],
      [
        '{{ printf "%-4s|%05d|%.2f|%q|%3v|%t|100%%" "a" 42.9 1.005 "b\\"" 7 true }}',
        'a   |00042|1.00|"b\\""|  7|true|100%',
      ],
      [
        '{{ printf "%.2s|%.2q|%.1v|%05d|%06.1f|%-4d|%d" "abc" "abc" "😀" -5 -1.5 -5 "5 apples" }}',
        'ab|"ab"|\ufffd|-0005|-001.5|-5  |5 apples',
      ],
      [
        '{{ humanizeDuration 1.5 }} {{ humanizeDuration 60.5 }} {{ humanizeDuration -0.0000123 }}',
        '1.5s 1m 0s -12.3us',
      ],
      [
        '{{ humanize 0.0012 }} {{ humanize 0 }} {{ humanize -0.5 }} {{ humanize "12 of 20" }}',
        '1.2m 0 -500m 12 of 20',
      ],
      ['{{ gt "10" 9 }} {{ gt "10 a" "9" }} {{ humanizePercentage " " }}.', 'true false  .'],
      [
        '{{ .GroupLabels.SortedPairs.Values | join " " }} {{ .GroupLabels.Names | join "," }}',
        'Hot acme alertname,tenant',
      ],
      [
        '{{ (.GroupLabels.Remove (stringSlice "tenant")).Values | join " " }} {{ print 1 "a" true }}',
        'Hot 1atrue',
      ],
    ];
    for (const [source, expected] of cases) assert.equal(rendered(source), expected, source);
  });

  it('has the name of an alert before its other labels', () => {
    const groupLabels = { zone: 'b', Zone: 'a', alertname: 'Hot' };
    const data = templateData({ ...NOTIFICATION, groupLabels }, 'https://t.example');
    assert.equal(rendered('{{ .GroupLabels.SortedPairs.Values | join " " }}', data), 'Hot a b');
    assert.equal(
      rendered('{{ range .GroupLabels.SortedPairs }}{{ .Name }} {{ end }}', data),
      'alertname Zone zone ',
    );
    assert.equal(
      rendered('{{ .GroupLabels.Names | join "," }} {{ .GroupLabels.Values | join "," }}', data),
      'alertname,Zone,zone Hot,a,b',
    );
  });

  it('has variables, parentheses and conditions as templates of Alertmanager have them', () => {
    const cases: [string, string][] = [
      ['{{ if and (eq .Status "firing") (gt (len .Alerts) 1) }}many{{ else }}one{{ end }}', 'many'],
      [
        '{{ range $i, $e := .Alerts }}{{ if $i }}, {{ end }}{{ $i }} {{ $e.Labels.host }}{{ end }}',
        '0 web-1, 1 web-2, 2 db-1',
      ],
      [
        '{{ range $name, $value := .GroupLabels }}{{ $name }}={{ $value }};{{ end }}',
        'alertname=Hot;tenant=acme;',
      ],
      [
        '{{ range $a := .Alerts.Firing }}{{ $a.Labels.host }}{{ .Labels.host }} {{ end }}',
        'web-1web-1 web-2web-2 ',
      ],
      [
        '{{ $n := 1 }}{{ range .Alerts }}{{ $n = printf "%vx" $n }}{{ $n := 5 }}{{ $n }}{{ end }} {{ $n }}',
        '555 1xxx',
      ],
      ['{{ $x := "a" }}{{ if true }}{{ $x := printf "%sb" $x }}{{ $x }}{{ end }}{{ $x }}', 'aba'],
      [
        '{{ with $r := (index .Alerts 0).Annotations.runbook_url }}{{ $r }} {{ . }}{{ else }}none{{ end }}',
        'https://r.example/ https://r.example/',
      ],
      ['{{ with .Nothing }}a{{ else with .Status }}{{ . }}{{ end }}', 'firing'],
      ['{{ if eq .Status "a" }}a{{ else if $s := .Status }}{{ $s }}{{ else }}c{{ end }}!', 'firing!'],
      ['{{ if false }}a{{ else if false }}b{{ else }}c{{ end }}', 'c'],
      ['{{ (.Status | toUpper) | printf "%s %s" (.Receiver | title) }}', 'Ops FIRING'],
      ['a\n{{-\n/* it\'s }} "here */ -}}\nb{{ $.Status }}{{ $ | len | gt 0 }}', 'abfiringfalse'],
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
      ['{{ toUpper title "a" }}', /title must be a value: a function among arguments stands in parentheses/],
      ['{{ match "(?=a)" "a" }}', /its pattern is no regular expression in RE2/],
      ['{{ match .Status "a" }}', /its pattern must be a text/],
      [
        'a\n{{ if true }}\n  {{ $x }}{{ end }}',
        /variable \$x is not declared \(line 3, column 6 of the template\)$/,
      ],
      ['{{ if $x := 1 }}{{ end }}{{ $x }}', /variable \$x is not declared \(line 1, column 29 /],
      ['{{ $x.Status = 1 }}', /\$x\.Status cannot be set/],
      ['{{ range $x = .Alerts }}{{ end }}', /\$x must be declared by :=/],
      ['{{ range $x, .Alerts }}{{ end }}', /a pair is \$key, \$value := LIST/],
      ['{{ eq (len .Alerts 1 }}', /len takes one value/],
      ['{{ eq (len .Alerts }}', /\( without its \) \(line 1, column 7 /],
      ['{{ .Status ) }}', /\) is not expected there/],
      ['{{ define "x" }}{{ end }}', /define is not supported \(line 1, column 4 /],
      ['\n\n {{ template "x" . }}', /template is not supported \(line 3, column 5 /],
      ['{{ break }}', /break is not supported/],
      ['{{ nil }}', /unknown function nil/],
      ['{{ range .Alerts }}{{ .StartsAt.Format "15:04" }}{{ end }}', /\.StartsAt\.Format is no function/],
      ['{{ range .Alerts }}{{ else if .Status }}{{ end }}', /nothing may stand behind else/],
      ['{{ if .A }}{{ else }}{{ else }}{{ end }}', /without its \{\{ end \}\}/],
      ['{{ printf "%5w" 1 }}', /its format has %5w; there are %s/],
      ['{{ printf "%1000000000d" 1 }}', /its format has %1000000000d; /],
      ['{{ printf "%.1000f" 1 }}', /its format has %.1000f; /],
      ['{{ printf "%s and %s" .Status }}', /its format is of 2 values, and there are 1/],
      ['{{ printf .Status }}', /its format must be a text/],
      [`{{ ${'('.repeat(9)}1${')'.repeat(9)} }}`, /parentheses are more than 8 deep/],
      ['{{ if .A }}'.repeat(9) + '{{ end }}'.repeat(9), /is more than 8 deep/],
      ['a'.repeat(8_001), /is longer than 8000 characters/],
    ];
    for (const [source, says] of cases) assert.match(mistake(source), says, source.slice(0, 40));
  });

  it('takes bounded time and memory, whatever labels hold', () => {
    const host = 'a'.repeat(2_000);
    const others = Object.fromEntries(Array.from({ length: 63 }, (_, i) => [`label_${i}`, 'a']));
    const many = Array.from({ length: 100 }, (_, i) => alertOf(`a${i}`, { labels: { host, ...others } }));
    const data = templateData(notificationOf(many), '');
    const inFourLoops = (body: string) => '{{ range $.Alerts }}'.repeat(4) + body + '{{ end }}'.repeat(4);
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
      '{{ $x := "aaaaaaaa" }}{{ range .Alerts }}{{ $x = print $x $x $x }}{{ end }}',
      '{{ $x := .Alerts }}{{ range .Alerts }}{{ $x = stringSlice $x $x }}{{ end }}{{ toJson $x }}',
      '{{ range .Alerts }}{{ range $i, $e := $.Alerts }}{{ (index $.Alerts $i).Labels.SortedPairs.Values | join "" | printf "%99s" }}{{ end }}{{ end }}',
      '{{ range $.Alerts }}{{ range $.Alerts }}{{ range $.Alerts }}{{ if gt (len $.Alerts) (len $.Alerts) }}{{ end }}{{ end }}{{ end }}{{ end }}',
      `{{ $x := .CommonLabels }}${inFourLoops(`{{ if and ${'$x '.repeat(10)}}}{{ end }}`.repeat(120))}`,
      `{{ $x := stringSlice "" "" "" "" "" }}${inFourLoops(`{{ if eq ${'$x '.repeat(8)}}}{{ end }}`.repeat(120))}`,
      `{{ .CommonLabels.host | reReplaceAll ".+" "${'$0'.repeat(100)}" | reReplaceAll ".+" "${'$0'.repeat(3_000)}" }}`,
    ])
      assert.equal(rendered(source, data), null, source);
    assert.ok(process.cpuUsage(began).user < 1_500_000);
    assert.equal(rendered('{{ range .Alerts }}{{ .Labels.host }}{{ end }}', data)?.length, 16_003);
    assert.equal(rendered('{{ truncate 2 "a😀b" }}'), 'a\ufffd...');
  });
});
