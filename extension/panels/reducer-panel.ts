/** The reducer form: checks what is typed with the schema's own rules, calls, and says how it went. */
import type { Reducer } from '../../schema/module-def.ts';
import { type CallAnswer, type CallRecord, callReducer, checkField, reducerForm } from '../../webviews/protocol.ts';
import { callableReducers, parseField, parseFields, reducerInfo } from './fields.ts';
import type { Channel, PanelBody } from './panel.ts';

export interface ReducerPanelState {
  database: string;
  reducer: string;
}

const gone = (name: string): string => `The module has no reducer “${name}” any more. Choose another one.`;

export function reducerPanel(channel: Channel, state: ReducerPanelState): PanelBody {
  const { connection, database, scope } = channel;
  const { session } = database;

  const find = (name: string): Reducer | undefined =>
    session.module && callableReducers(session.module).find((reducer) => reducer.name === name);

  scope.add(
    connection.onRequest(checkField, ({ reducer: name, field, value }) => {
      const reducer = find(name);
      const param = reducer?.params[field];
      if (!session.module || !param) return { error: gone(name) };
      const parsed = parseField(param.type, value, session.module.typespace);
      return { error: parsed.ok ? undefined : parsed.message };
    }),
  );
  scope.add(
    connection.onRequest(callReducer, async ({ reducer: name, values }): Promise<CallAnswer> => {
      const reducer = find(name);
      if (!session.module || !reducer) return { ok: true, record: failedRecord(name, gone(name)) };
      const parsed = parseFields(reducer, values, session.module.typespace);
      if (!parsed.ok) return parsed;
      const at = Date.now();
      const outcome = await session.call(reducer, parsed.values);
      return { ok: true, record: { reducer: name, args: argumentText(values), at, ...outcome } };
    }),
  );
  const send = (): void => {
    const { module } = session;
    if (!module) return;
    void connection.sendNotification(reducerForm, {
      target: channel.target(),
      reducers: callableReducers(module).map((reducer) => reducerInfo(reducer, module)),
      selected: state.reducer,
    });
  };
  return { start: send, moduleChanged: send };
}

const argumentText = (values: readonly (string | undefined)[]): string =>
  values.map((value) => value ?? 'none').join(', ');

const failedRecord = (reducer: string, message: string): CallRecord => ({
  reducer,
  args: '',
  outcome: 'error',
  message,
  roundTripMs: 0,
  at: Date.now(),
});
