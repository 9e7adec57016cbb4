import type { JSX } from 'preact';
import type { CallRecord } from '../protocol.ts';
import { Button } from '../ui/controls.tsx';
import { formatClock, formatDuration } from '../ui/format.ts';
import { Icon, type IconName } from '../ui/icons.tsx';
import type { HistoryEntry } from './form-state.ts';

const outcomes: Record<CallRecord['outcome'], { icon: IconName; title: string; hint: string }> = {
  committed: { icon: 'check', title: 'Committed', hint: '' },
  failed: {
    icon: 'error',
    title: 'Rejected by the reducer',
    hint: 'The transaction was rolled back; nothing changed.',
  },
  crashed: {
    icon: 'error',
    title: 'The reducer threw an error',
    hint: 'The transaction was rolled back; nothing changed. The module log says where it happened.',
  },
  error: {
    icon: 'warning',
    title: 'Could not be called',
    hint: 'The reducer may not have run. What you typed is still in the form.',
  },
};

/** How the last call went. Announced to screen readers when it changes. */
export function CallResult({
  entry,
  isCalling,
  onShowLogs,
}: {
  entry: HistoryEntry | undefined;
  isCalling: boolean;
  onShowLogs: () => void;
}): JSX.Element {
  return (
    <section class="result" aria-live="polite" aria-busy={isCalling}>
      <h3>Result</h3>
      {entry === undefined ? (
        <p class="faint">{isCalling ? 'Calling…' : 'Nothing called yet.'}</p>
      ) : (
        <ResultCard key={entry.id} record={entry.record} isOld={isCalling} onShowLogs={onShowLogs} />
      )}
    </section>
  );
}

interface ResultCardProps {
  record: CallRecord;
  isOld: boolean;
  onShowLogs: () => void;
}

function ResultCard({ record, isOld, onShowLogs }: ResultCardProps): JSX.Element {
  const { icon, title, hint } = outcomes[record.outcome];
  return (
    <div class={`card ${record.outcome} ${isOld ? 'stale' : ''}`}>
      <div class="card-head">
        <Icon name={icon} />
        <strong>{title}</strong>
        <span class="number card-time" title="Round trip">
          {formatDuration(record.roundTripMs)}
        </span>
      </div>
      {record.message !== '' && <p class="card-message">{record.message}</p>}
      {hint !== '' && <p class="faint">{hint}</p>}
      {record.outcome === 'crashed' && (
        <Button appearance="secondary" onClick={onShowLogs}>
          Show Logs
        </Button>
      )}
      <p class="mono card-call ellipsis" title={`${record.reducer}(${record.args})`}>
        {record.reducer}({record.args})
      </p>
    </div>
  );
}

interface HistoryProps {
  entries: readonly HistoryEntry[];
  onRefill: (entry: HistoryEntry) => void;
}

/** The calls of this session, newest first; choosing one fills the form with its arguments. */
export function History({ entries, onRefill }: HistoryProps): JSX.Element {
  return (
    <section class="history">
      <h3>Calls of this session</h3>
      {entries.length === 0 ? (
        <p class="faint">Each call is listed here. Choose one to fill the form with its arguments again.</p>
      ) : (
        <ol>
          {entries.map((entry) => (
            <li key={entry.id}>
              <button
                type="button"
                title={`Fill the form with ${entry.record.reducer}(${entry.record.args})${entry.record.message && `\n${entry.record.message}`}`}
                aria-label={`${outcomes[entry.record.outcome].title}: ${entry.record.reducer}(${entry.record.args}). Fill the form again`}
                onClick={() => onRefill(entry)}
              >
                <Icon name={outcomes[entry.record.outcome].icon} class={entry.record.outcome} />
                <span class="mono ellipsis history-call">
                  {entry.record.reducer}({entry.record.args})
                </span>
                <span class="number history-time">{formatDuration(entry.record.roundTripMs)}</span>
                <span class="number faint history-clock">{formatClock(entry.record.at)}</span>
              </button>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
