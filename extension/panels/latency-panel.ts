/** The latency panel: readings of the server's metrics while it can be seen. */
import { type LatencyReport, latencyReport, latencyUnavailable } from '../../webviews/protocol.ts';
import type { Databases } from '../connection/databases.ts';
import { messageOf } from '../errors.ts';
import { LatencyTracker, latencyMetrics } from '../metrics/latency.ts';
import { pollIntervalMs } from '../metrics/poller.ts';
import { parseSamples } from '../metrics/prometheus.ts';
import { callableReducers } from './fields.ts';
import type { Channel, PanelBody } from './panel.ts';

export interface LatencyPanelState {
  database: string;
}

export function latencyPanel(channel: Channel, databases: Databases): PanelBody {
  const { connection, database, panel, scope } = channel;
  const { session } = database;
  let tracker: LatencyTracker | undefined;
  let stop: (() => void) | undefined;
  /** What the page showed last: it forgets when it is hidden, and there may be no server to ask when it comes back. */
  let last: LatencyReport | undefined;

  const unavailable = (message: string): void => void connection.sendNotification(latencyUnavailable, { message });

  const take = async (text: string, at: number): Promise<void> => {
    if (session.state.state !== 'connected' || !session.module) return;
    try {
      tracker ??= new LatencyTracker(await session.identity());
    } catch (error) {
      if (!scope.disposed) unavailable(messageOf(error));
      return;
    }
    if (scope.disposed) return;
    const names = callableReducers(session.module).map((reducer) => reducer.name);
    const reducers = tracker.update(parseSamples(text, latencyMetrics), names, at, (name) =>
      session.roundTrips.summary(name),
    );
    last = { target: channel.target(), intervalMs: pollIntervalMs, reducers };
    void connection.sendNotification(latencyReport, last);
  };
  const follow = (): void => {
    if (!panel.visible) {
      stop?.();
      stop = undefined;
      return;
    }
    stop ??= databases.listenToMetrics(database.server, (reading) => {
      if ('text' in reading) void take(reading.text, reading.at);
      else if (session.state.state === 'connected') {
        unavailable(`The server gives no metrics: ${reading.unavailable}. A hosted server may not offer them.`);
      }
    });
  };
  // A database that was deleted and published again has another identity in the metrics.
  scope.add(
    session.onDidChangeState(({ state }) => {
      if (state !== 'connected') tracker = undefined;
    }),
  );
  scope.add(panel.onDidChangeViewState(follow));
  scope.add({ dispose: () => stop?.() });
  const start = (): void => {
    if (last) void connection.sendNotification(latencyReport, last);
    follow();
  };
  return { start, moduleChanged: () => {} };
}
