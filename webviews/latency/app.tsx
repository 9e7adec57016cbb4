import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import {
  type ConnectionState,
  connectionChanged,
  type LatencyReport,
  latencyReport,
  latencyUnavailable,
  ready,
  runCommand,
} from '../protocol.ts';
import type { PanelHost } from '../ui/connection.ts';
import { Button } from '../ui/controls.tsx';
import { formatQuantity } from '../ui/format.ts';
import { ConnectionBanner, Notice, type PanelCommand, PanelHeader, Skeleton } from '../ui/status.tsx';
import { Detail } from './detail.tsx';
import { Overview } from './overview.tsx';
import { defaultSort, type LatencySort, nextLatencySort, sortRows } from './rows.ts';

/** What the panel keeps while it is hidden. */
export interface LatencyView {
  sort: LatencySort;
  selected: string | undefined;
}

export function LatencyApp({ host }: { host: PanelHost<LatencyView> }): JSX.Element {
  const [connection, setConnection] = useState<ConnectionState>({ state: 'connecting' });
  const [report, setReport] = useState<LatencyReport>();
  const [unavailable, setUnavailable] = useState<string>();
  const [sort, setSort] = useState(host.savedView?.sort ?? defaultSort);
  const [selected, setSelected] = useState(host.savedView?.selected);
  const run = (command: PanelCommand): void => void host.rpc.sendNotification(runCommand, { command });

  useEffect(() => {
    const { rpc } = host;
    rpc.onNotification(connectionChanged, setConnection);
    rpc.onNotification(latencyReport, (next) => {
      setReport(next);
      setUnavailable(undefined);
    });
    rpc.onNotification(latencyUnavailable, ({ message }) => setUnavailable(message));
    rpc.listen();
    void rpc.sendNotification(ready);
    return () => rpc.dispose();
  }, [host]);
  useEffect(() => host.save({ sort, selected }), [host, sort, selected]);

  const rows = report ? sortRows(report.reducers, sort) : [];
  const calls = rows.reduce((sum, row) => sum + row.calls, 0);
  const shown = rows.find((row) => row.reducer === selected) ?? rows.find((row) => row.calls > 0);
  const isStale = connection.state !== 'connected' || unavailable !== undefined;

  return (
    <>
      <PanelHeader
        title="Reducer Latency"
        target={report?.target}
        connection={connection}
        summary={report && `${formatQuantity(calls, 'call')} by all clients`}
      />
      <ConnectionBanner connection={connection} consequence={report ? 'numbers may be out of date' : ''} run={run} />
      {report === undefined || rows.length === 0 || calls === 0 ? (
        <InsteadOfNumbers connection={connection} report={report} unavailable={unavailable} run={run} />
      ) : (
        <>
          {unavailable !== undefined && (
            <div class="banner" role="alert">
              <div class="banner-text">
                <strong>Numbers are no longer updated.</strong>
                <span>{unavailable}</span>
              </div>
            </div>
          )}
          <div class={`split ${isStale ? 'stale' : ''}`}>
            <div class="overview-scroll">
              <Overview
                rows={rows}
                sort={sort}
                selected={shown?.reducer}
                intervalMs={report.intervalMs}
                onSort={(column) => setSort((current) => nextLatencySort(current, column))}
                onSelect={setSelected}
              />
            </div>
            {shown && <Detail row={shown} intervalMs={report.intervalMs} />}
          </div>
        </>
      )}
    </>
  );
}

interface InsteadOfNumbersProps {
  connection: ConnectionState;
  report: LatencyReport | undefined;
  unavailable: string | undefined;
  run: (command: PanelCommand) => void;
}

function InsteadOfNumbers({ connection, report, unavailable, run }: InsteadOfNumbersProps): JSX.Element {
  if (unavailable !== undefined) {
    return (
      <Notice title="No latency figures from this server" icon="warning">
        {unavailable}
      </Notice>
    );
  }
  if (report !== undefined) {
    return (
      <Notice
        title="No reducer calls yet"
        actions={<Button onClick={() => run('callReducer')}>Call a Reducer…</Button>}
      >
        As soon as any client calls a reducer of {report.target.database}, its calls, errors and times appear here.
      </Notice>
    );
  }
  if (connection.state === 'disconnected' || connection.state === 'reconnecting') {
    return <Notice title="No figures yet">They appear as soon as the database is connected.</Notice>;
  }
  return <Skeleton lines={8} label="Reading the server's metrics" />;
}
