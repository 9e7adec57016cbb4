import type { ComponentChildren, JSX } from 'preact';
import type { ConnectionState, PanelTarget } from '../protocol.ts';
import { Button, ProgressRing } from './controls.tsx';
import { Icon, type IconName } from './icons.tsx';

export type PanelCommand = 'startServer' | 'reconnect' | 'publish' | 'showLogs' | 'callReducer';

const badgeText = {
  disconnected: 'Disconnected',
  connecting: 'Connecting…',
  connected: 'Live',
  reconnecting: 'Reconnecting…',
} as const;

const remedies = { startServer: 'Start Server', publish: 'Publish Module' } as const;

/** The coloured dot with a word that every panel shows in its header. */
export function ConnectionBadge({ connection }: { connection: ConnectionState }): JSX.Element {
  const reason = 'reason' in connection ? connection.reason : '';
  return (
    <span class={`badge ${connection.state}`} role="status" title={reason || badgeText[connection.state]}>
      <span class="dot" aria-hidden="true" />
      {badgeText[connection.state]}
    </span>
  );
}

/** Host and port of a server address, which is all that fits a header: `http://127.0.0.1:3000` → `127.0.0.1:3000`. */
function shortServer(server: string): string {
  return URL.canParse(server) ? new URL(server).host || server : server;
}

interface PanelHeaderProps {
  title: string;
  icon?: { name: IconName; label: string } | undefined;
  target: PanelTarget | undefined;
  connection: ConnectionState;
  summary?: ComponentChildren;
  children?: ComponentChildren;
}

/** Title, what it belongs to, a summary, the connection, and the panel's own controls. */
export function PanelHeader({ title, icon, target, connection, summary, children }: PanelHeaderProps): JSX.Element {
  return (
    <header class="panel-header">
      <h1 title={title}>
        {icon && (
          <span title={icon.label} role="img" aria-label={icon.label}>
            <Icon name={icon.name} />
          </span>
        )}
        <span class="ellipsis">{title}</span>
      </h1>
      {target && (
        <span class="target ellipsis" title={`${target.database} on ${target.server}`}>
          {target.database} · {shortServer(target.server)}
        </span>
      )}
      {summary && <span class="summary">{summary}</span>}
      <ConnectionBadge connection={connection} />
      {children && <div class="tools">{children}</div>}
    </header>
  );
}

interface BannerProps {
  connection: ConnectionState;
  /** What it means for what the panel shows: `rows may be out of date`; empty while it shows nothing yet. */
  consequence: string;
  run: (command: PanelCommand) => void;
}

/** Says that the connection is lost and offers what brings it back; nothing while connected. */
export function ConnectionBanner({ connection, consequence, run }: BannerProps): JSX.Element | null {
  if (connection.state === 'connected' || connection.state === 'connecting') return null;
  const stale = consequence === '' ? '.' : ` — ${consequence}.`;
  return (
    <div class="banner" role="alert">
      <Icon name="unplug" />
      <div class="banner-text">
        {connection.state === 'disconnected' ? (
          <strong>Disconnected{stale}</strong>
        ) : (
          <strong>
            Reconnecting (attempt {connection.attempt}){stale}
          </strong>
        )}
        {connection.reason !== '' && <span>{connection.reason}</span>}
      </div>
      <div class="banner-actions">
        {connection.state === 'reconnecting' && <ProgressRing label="Reconnecting" />}
        <Button appearance="secondary" onClick={() => run('reconnect')}>
          {connection.state === 'reconnecting' ? 'Retry Now' : 'Reconnect'}
        </Button>
        {connection.state === 'disconnected' && connection.remedy && (
          <Button onClick={() => run(connection.remedy ?? 'reconnect')}>{remedies[connection.remedy]}</Button>
        )}
      </div>
    </div>
  );
}

interface NoticeProps {
  title: string;
  icon?: IconName;
  children?: ComponentChildren;
  actions?: ComponentChildren;
}

/** What a panel shows in place of its content: nothing there yet, or why not and what to do. */
export function Notice({ title, icon, children, actions }: NoticeProps): JSX.Element {
  return (
    <div class="notice" role="status">
      {icon && <Icon name={icon} class="notice-icon" />}
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {actions && <div class="notice-actions">{actions}</div>}
    </div>
  );
}

/** Grey bars in place of content that is on its way. */
export function Skeleton({ lines, label }: { lines: number; label: string }): JSX.Element {
  return (
    <div class="skeleton" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} class={`bar bar-${line % 4}`} />
      ))}
    </div>
  );
}
