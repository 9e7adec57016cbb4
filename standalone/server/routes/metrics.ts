/** `/v1/metrics`: the databases' own metrics and those of the process. */
import { Hono } from 'hono';
import type { Metric } from '../../database/messages.ts';
import { formatMetrics, PROMETHEUS_CONTENT_TYPE } from '../metrics-text.ts';
import type { Env, ServerContext } from '../server-context.ts';

export function metricsRoutes(context: ServerContext): Hono<Env> {
  return new Hono<Env>().get('/', async () => {
    const ofDatabases = await Promise.all(context.databases.all().map(({ hosted }) => hosted.metrics()));
    const text = formatMetrics([...ofDatabases.flat(), ...processMetrics(), connectedClients(context)]);
    return new Response(text, { headers: { 'content-type': PROMETHEUS_CONTENT_TYPE } });
  });
}

function connectedClients({ control, sockets }: ServerContext): Metric {
  const counts = sockets.countClients();
  return {
    name: 'spacetime_worker_connected_clients',
    kind: 'gauge',
    samples: control.all().map(({ identity }) => ({
      labels: { database_identity: identity },
      value: counts.get(identity) ?? 0,
    })),
  };
}

/** Names as in the Prometheus client guidelines. */
function processMetrics(): Metric[] {
  const { user, system } = process.cpuUsage();
  const one = (name: string, kind: 'counter' | 'gauge', value: number): Metric => ({
    name,
    kind,
    samples: [{ labels: {}, value }],
  });
  return [
    one('process_cpu_seconds_total', 'counter', (user + system) / 1e6),
    one('process_resident_memory_bytes', 'gauge', process.memoryUsage.rss()),
    one('process_start_time_seconds', 'gauge', Math.round((Date.now() - process.uptime() * 1000) / 1000)),
  ];
}
