/** How a first point is sent. @param key null where there is none yet */
export function firstPointCommand(gatewayUrl: string | null, key: string | null): string {
  return [
    `curl -H ${quoted(`Authorization: Bearer ${key ?? 'YOUR_KEY'}`)} -H 'Content-Type: application/json' \\`,
    `  -d '[{"metric": "hello.world", "value": 1, "tags": {"from": "curl"}}]' \\`,
    `  ${quoted(`${(gatewayUrl ?? 'https://YOUR_GATEWAY').replace(/\/+$/, '')}/api/v1/metrics`)}`,
  ].join('\n');
}

/** As a shell takes it, whatever is in it. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
