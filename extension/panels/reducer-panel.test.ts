/** The form's side in the extension, talked to as its page does, over a real message connection. */
import { PassThrough } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { option, primitive } from '../../schema/algebraic-type.ts';
import type { ModuleDef } from '../../schema/module-def.ts';
import { checkField, reducerForm, reducerSelected, selectReducer } from '../../webviews/protocol.ts';
import { Disposables } from '../disposables.ts';
import { until } from '../testing/embedded.ts';
import type { Channel, PanelBody } from './panel.ts';
import { reducerPanel } from './reducer-panel.ts';

const module: ModuleDef = {
  typespace: [],
  types: [],
  tables: [],
  reducers: ['send', 'wave'].map((name, id) => ({
    name,
    accessor: name,
    id,
    params: [{ name: 'to', type: option(primitive('String')) }],
    lifecycle: undefined,
    visibility: 'ClientCallable',
  })),
  procedures: [],
  views: [],
  rowLevelSecurity: [],
};

let ends: MessageConnection[] = [];
afterEach(() => {
  for (const end of ends) end.dispose();
});

/** A panel and the page's end of its connection, with what the page heard. */
function open(reducer: string) {
  const [up, down] = [new PassThrough(), new PassThrough()];
  const host = createMessageConnection(new StreamMessageReader(up), new StreamMessageWriter(down));
  const page = createMessageConnection(new StreamMessageReader(down), new StreamMessageWriter(up));
  ends = [host, page];
  const heard: string[] = [];
  page.onNotification(selectReducer, (message) => void heard.push(`select ${message.reducer}`));
  page.onNotification(reducerForm, (form) => void heard.push(`form ${form.selected}`));
  host.listen();
  page.listen();
  const state = { database: 'chat', reducer };
  const titles: string[] = [];
  const retitle = () => void titles.push(state.reducer);
  const target = () => ({ database: 'chat', server: 'http://127.0.0.1:3000' });
  // Only what the form reads of a panel and a database.
  const database = { session: { module } };
  const channel = { connection: host, database, target, retitle, scope: new Disposables() };
  const body: PanelBody = reducerPanel(channel as unknown as Channel, state);
  return { body, page, state, titles, heard };
}

test('the title follows the reducer that is chosen in the panel', async () => {
  const { page, state, titles } = open('send');
  await page.sendNotification(reducerSelected, { reducer: 'wave' });
  await until('the title', () => titles.includes('wave'));
  expect(state.reducer).toBe('wave');
});

test('a page that comes back from hiding shows what was asked for meanwhile, before it gets the form', async () => {
  const { body, page, state, heard } = open('send');
  body.start();
  await until('the form', () => heard.length === 1);
  await page.sendNotification(reducerSelected, { reducer: 'wave' });
  await until('the choice', () => state.reducer === 'wave');
  state.reducer = 'send';
  body.shownAgain?.();
  body.start();
  await until('all messages', () => heard.length === 4);
  expect(heard).toEqual(['form send', 'select send', 'select send', 'form send']);
});

test('a page restored with its window keeps its own choice', async () => {
  const { body, heard } = open('send');
  body.start();
  await until('the form', () => heard.length > 0);
  expect(heard).toEqual(['form send']);
});

test('a field that is none is fine, also after JSON', async () => {
  const { page } = open('send');
  const request = { reducer: 'send', field: 0, value: undefined };
  expect((await page.sendRequest(checkField, request)).error).toBeUndefined();
});
