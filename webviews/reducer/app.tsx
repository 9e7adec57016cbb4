import type { JSX } from 'preact';
import { useEffect, useReducer, useRef, useState } from 'preact/hooks';
import {
  type ConnectionState,
  callReducer,
  checkField,
  connectionChanged,
  type FormField,
  type ReducerInfo,
  ready,
  reducerForm,
  reducerSelected,
  runCommand,
  selectReducer,
} from '../protocol.ts';
import type { PanelHost } from '../ui/connection.ts';
import { Button } from '../ui/controls.tsx';
import { ConnectionBanner, Notice, type PanelCommand, PanelHeader, Skeleton } from '../ui/status.tsx';
import { ArgumentField } from './argument-field.tsx';
import { CallResult, History } from './calls.tsx';
import {
  type Draft,
  draftOf,
  type FormEvent,
  type FormState,
  formReducer,
  initialFormState,
  type ReducerView,
  selectedReducer,
  sentText,
  snapshot,
} from './form-state.ts';
import { ReducerPicker } from './reducer-picker.tsx';

const checkDelayMs = 250;

export function ReducerApp({ host }: { host: PanelHost<ReducerView> }): JSX.Element {
  const [state, dispatch] = useReducer(formReducer, host.savedView, initialFormState);
  const [connection, setConnection] = useState<ConnectionState>({ state: 'connecting' });
  const run = (command: PanelCommand): void => void host.rpc.sendNotification(runCommand, { command });
  useEffect(() => listen(host, dispatch, setConnection), [host]);
  const { selected, drafts, history, form } = state;
  useEffect(() => host.save({ selected, drafts, history }), [host, selected, drafts, history]);
  const check = useFieldCheck(host, dispatch);
  const { isCalling, call } = useCall(host, state, dispatch);
  const reducer = selectedReducer(state);
  useEffect(() => {
    if (form && selected !== '') void host.rpc.sendNotification(reducerSelected, { reducer: selected });
  }, [host, form, selected]);

  return (
    <>
      <PanelHeader title="Call Reducer" target={form?.target} connection={connection} />
      <ConnectionBanner connection={connection} consequence={form ? 'what you type is kept' : ''} run={run} />
      {form === undefined ? (
        <Waiting connection={connection} />
      ) : (
        <div class="columns">
          <section class="form" aria-label="Arguments">
            {form.reducers.length > 0 && (
              <ReducerPicker
                reducers={form.reducers}
                selected={selected}
                onSelect={(name) => dispatch({ type: 'select', reducer: name })}
              />
            )}
            {reducer ? (
              <Form
                key={reducer.name}
                reducer={reducer}
                state={state}
                blocked={blockedReason(connection)}
                isCalling={isCalling}
                onEdit={(position, field, draft) => {
                  dispatch({ type: 'edit', field, draft });
                  check(reducer, position, sentText(field, draft), checkDelayMs);
                }}
                onLeave={(position, field) => {
                  const draft = draftOf(drafts, reducer.name, field);
                  if (draft.text !== '' || state.problems[position])
                    check(reducer, position, sentText(field, draft), 0);
                }}
                onClear={() => dispatch({ type: 'clear' })}
                onCall={() => call(reducer)}
              />
            ) : (
              <NoReducer name={selected} hasReducers={form.reducers.length > 0} run={run} />
            )}
          </section>
          <div class="outcome">
            <CallResult entry={history[0]} isCalling={isCalling} onShowLogs={() => run('showLogs')} />
            <History entries={history} onRefill={(entry) => dispatch({ type: 'refill', entry })} />
          </div>
        </div>
      )}
    </>
  );
}

function listen(
  host: PanelHost<ReducerView>,
  dispatch: (event: FormEvent) => void,
  setConnection: (state: ConnectionState) => void,
): () => void {
  const { rpc } = host;
  rpc.onNotification(reducerForm, (form) => dispatch({ type: 'form', form }));
  rpc.onNotification(selectReducer, ({ reducer }) => dispatch({ type: 'select', reducer }));
  rpc.onNotification(connectionChanged, setConnection);
  rpc.listen();
  void rpc.sendNotification(ready);
  return () => rpc.dispose();
}

/** Checks a field after a pause in typing. Only the newest text of a field counts: older answers are dropped. */
function useFieldCheck(host: PanelHost<ReducerView>, dispatch: (event: FormEvent) => void) {
  const turns = useRef(new Map<string, number>());
  return (reducer: ReducerInfo, field: number, value: string | undefined, delayMs: number): void => {
    const key = `${reducer.name} ${field}`;
    const turn = (turns.current.get(key) ?? 0) + 1;
    turns.current.set(key, turn);
    setTimeout(async () => {
      if (turns.current.get(key) !== turn) return;
      const request = { reducer: reducer.name, field, value };
      // A check that fails to run says nothing about the text; the call checks again.
      const answer = await host.rpc.sendRequest(checkField, request).catch(() => undefined);
      if (answer === undefined || turns.current.get(key) !== turn) return;
      dispatch({ type: 'problem', reducer: reducer.name, field, message: answer.error });
    }, delayMs);
  };
}

function useCall(host: PanelHost<ReducerView>, state: FormState, dispatch: (event: FormEvent) => void) {
  const [isCalling, setCalling] = useState(false);
  const call = async (reducer: ReducerInfo): Promise<boolean> => {
    const drafts = snapshot(state, reducer);
    const values = reducer.fields.map((field) => sentText(field, draftOf(state.drafts, reducer.name, field)));
    const at = Date.now();
    setCalling(true);
    try {
      const answer = await host.rpc.sendRequest(callReducer, { reducer: reducer.name, values });
      if (answer.ok) dispatch({ type: 'called', record: answer.record, drafts });
      else dispatch({ type: 'problems', reducer: reducer.name, messages: answer.fieldErrors });
      return answer.ok;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const args = values.map((value) => value ?? 'none').join(', ');
      const record = {
        reducer: reducer.name,
        args,
        outcome: 'error',
        message,
        roundTripMs: Date.now() - at,
        at,
      } as const;
      dispatch({ type: 'called', record, drafts });
      return true;
    } finally {
      setCalling(false);
    }
  };
  return { isCalling, call };
}

/** Why nothing can be called now; undefined when it can. */
function blockedReason(connection: ConnectionState): string | undefined {
  switch (connection.state) {
    case 'connected':
      return undefined;
    case 'connecting':
      return 'Connecting to the database…';
    case 'disconnected':
      return 'Not connected, so nothing can be called now.';
    case 'reconnecting':
      return 'Reconnecting to the database…';
  }
}

interface FormProps {
  reducer: ReducerInfo;
  state: FormState;
  blocked: string | undefined;
  isCalling: boolean;
  onEdit: (position: number, field: FormField, draft: Draft) => void;
  onLeave: (position: number, field: FormField) => void;
  onClear: () => void;
  /** Resolves to whether the arguments were accepted. */
  onCall: () => Promise<boolean>;
}

const controls = 'vscode-text-field, vscode-text-area, vscode-checkbox, vscode-dropdown, vscode-button';
const submitKeys = navigator.platform.startsWith('Mac') ? '⌘⏎' : 'Ctrl+Enter';

function Form({ reducer, state, blocked, isCalling, onEdit, onLeave, onClear, onCall }: FormProps): JSX.Element {
  const form = useRef<HTMLFormElement>(null);
  const problemCount = state.problems.filter((problem) => problem !== undefined).length;
  // Ready to type, or without arguments to call.
  useEffect(() => form.current?.querySelector<HTMLElement>(`:is(${controls}):not([disabled])`)?.focus(), []);

  const submit = async (): Promise<void> => {
    if (blocked !== undefined || isCalling || (await onCall())) return;
    // Once the problems are drawn, to the first field that has one.
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('.argument .invalid')?.focus());
  };
  return (
    <form
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        void submit();
      }}
    >
      {reducer.fields.length === 0 && <p class="faint">This reducer takes no arguments.</p>}
      {reducer.fields.map((field, position) => (
        <ArgumentField
          key={field.name}
          field={field}
          draft={draftOf(state.drafts, reducer.name, field)}
          problem={state.problems[position]}
          onEdit={(draft) => onEdit(position, field, draft)}
          onLeave={() => onLeave(position, field)}
        />
      ))}
      <div class="actions">
        <Button
          // Not while a call is under way: a disabled button would lose the focus.
          disabled={blocked !== undefined}
          title={blocked ?? `Call ${reducer.name} (${submitKeys})`}
          onClick={() => void submit()}
        >
          {isCalling ? 'Calling…' : `Call ${reducer.name}`}
        </Button>
        {reducer.fields.length > 0 && (
          <Button appearance="secondary" title="Empty all fields of this reducer" onClick={onClear}>
            Clear
          </Button>
        )}
        <span class="hint" aria-live="polite">
          {blocked ??
            (problemCount > 0
              ? `Mend ${problemCount === 1 ? 'one field' : `${problemCount} fields`} to call.`
              : submitKeys)}
        </span>
      </div>
    </form>
  );
}

function Waiting({ connection }: { connection: ConnectionState }): JSX.Element {
  if (connection.state === 'connected' || connection.state === 'connecting') {
    return <Skeleton lines={6} label="Loading reducers" />;
  }
  return <Notice title="Reducers are not known yet">They appear as soon as the database is connected.</Notice>;
}

interface NoReducerProps {
  name: string;
  hasReducers: boolean;
  run: (command: PanelCommand) => void;
}

function NoReducer({ name, hasReducers, run }: NoReducerProps): JSX.Element {
  if (!hasReducers) {
    return (
      <Notice
        title="This module has no reducers to call"
        actions={<Button onClick={() => run('publish')}>Publish Module</Button>}
      >
        Export one with spacetimedb.reducer(…) in the module and publish it.
      </Notice>
    );
  }
  return (
    <Notice title={`${name} is no longer in the module`}>
      The module that is published now has no reducer of this name. Choose another one above; what you typed is kept in
      case it comes back.
    </Notice>
  );
}
