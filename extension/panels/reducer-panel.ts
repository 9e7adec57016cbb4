/** The reducer form: checks what is typed with the schema's own rules, calls, and says how it went. */
import type { Reducer } from '../../schema/module-def.ts';
import {
  type CallAnswer,
  type CallRecord,
  callReducer,
  checkField,
  reducerForm,
  reducerSelected,
  selectReducer,
} from '../../webviews/protocol.ts';
import { callableReducers, parseField, parseFields, reducerInfo } from './fields.ts';
import type { Channel, PanelBody } from './panel.ts';

export interface ReducerPanelState {
  database: string;
  /** The one that is shown; follows what the person chooses in the panel. */
  reducer: string;
}

const gone = (name: string): string => `The module has no reducer “${name}” any more. Choose another one.`;

/** One form per database; `state` is changed when the person chooses another reducer, here or there. */
export function reducerPanel(channel: Channel, state: ReducerPanelState): PanelBody {
  const { connection, database, retitle, scope } = channel;
  const { session } = database;
  /** A page that came back with a restored window knows better than we do what was chosen last. */
  let choiceIsNews = false;

  const find = (name: string): Reducer | undefined =>
    session.module && callableReducers(session.module).find((reducer) => reducer.name === name);

  scope.add(
    connection.onRequest(checkField, ({ reducer: name, field, value }) => {
      const reducer = find(name);
      const param = reducer?.params[field];
      if (!session.module || !param) return { error: gone(name) };
      const parsed = parseField(param.type, value ?? undefined, session.module.typespace);
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
  scope.add(
    connection.onNotification(reducerSelected, ({ reducer }) => {
      choiceIsNews = true;
      state.reducer = reducer;
      retitle();
    }),
  );
  const select = (): void => void connection.sendNotification(selectReducer, { reducer: state.reducer });
  const send = (): void => {
    const { module } = session;
    if (!module) return;
    void connection.sendNotification(reducerForm, {
      target: channel.target(),
      reducers: callableReducers(module).map((reducer) => reducerInfo(reducer, module)),
      selected: state.reducer,
    });
  };
  return {
    start: () => {
      // Before the form, so that the page does not answer with what it showed when it was hidden.
      if (choiceIsNews) select();
      send();
    },
    moduleChanged: send,
    shownAgain: () => {
      choiceIsNews = true;
      select();
    },
  };
}

/** More of one argument is not worth keeping in the list of calls; the form keeps all of it. */
const maxShownArgument = 200;

const argumentText = (values: readonly (string | undefined)[]): string =>
  values
    .map((value) => value ?? 'none')
    .map((text) => (text.length > maxShownArgument ? `${text.slice(0, maxShownArgument)}…` : text))
    .join(', ');

const failedRecord = (reducer: string, message: string): CallRecord => ({
  reducer,
  args: '',
  outcome: 'error',
  message,
  roundTripMs: 0,
  at: Date.now(),
});
