/** Publishing: first time, again, refused, broken; whatever fails leaves everything as it was. */
import { expect, test } from 'vitest';
import { bundleFixture, bundleSource, newAccount, publish, publishOk } from '../support/modules.ts';
import { freshName, useServer } from './server-under-test.ts';

const server = useServer();

const noteModule = (columns: string, more = '') => `
  import { schema, t, table, SenderError } from 'spacetimedb/server';
  const note = table({ public: true }, { ${columns} });
  const db = schema({ note });
  export default db;
  export const add = db.reducer({ text: t.string() }, (ctx, { text }) => {
    ctx.db.note.insert({ id: 0, text${more} } as never);
  });
`;
const noteColumns = 'id: t.u32().primaryKey().autoInc(), text: t.string()';

async function rows(name: string, table = 'note'): Promise<unknown[][]> {
  const response = await fetch(`${server.uri}/v1/database/${name}/sql`, {
    method: 'POST',
    body: `SELECT * FROM ${table}`,
  });
  if (!response.ok) throw new Error(await response.text());
  const [result] = (await response.json()) as [{ rows: unknown[][] }];
  return result.rows;
}

const add = (name: string, text: string) =>
  fetch(`${server.uri}/v1/database/${name}/call/add`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([text]),
  });

test('created, then updated; the same program again changes nothing', async () => {
  const { token } = await newAccount(server.uri);
  const name = freshName('note');
  const bundle = await bundleSource(noteModule(noteColumns));
  const created = await publish(server.uri, name, bundle, token);
  expect(await created.json()).toMatchObject({ Success: { domain: name, op: 'created' } });
  expect((await add(name, 'one')).status).toBe(200);
  const updated = await publish(server.uri, name, bundle, token);
  expect(await updated.json()).toMatchObject({ Success: { op: 'updated' } });
  expect(await rows(name)).toEqual([[1, 'one']]);
});

test('only the owner may update', async () => {
  const owner = await newAccount(server.uri);
  const stranger = await newAccount(server.uri);
  const name = freshName('note');
  const bundle = await bundleSource(noteModule(noteColumns));
  await publishOk(server.uri, name, bundle, owner.token);
  const refused = await publish(server.uri, name, bundle, stranger.token);
  expect([401, 403]).toContain(refused.status);
});

test('a change that cannot be migrated is refused with its reason, and the old module goes on with its data', async () => {
  const { token } = await newAccount(server.uri);
  const name = freshName('note');
  await publishOk(server.uri, name, await bundleSource(noteModule(noteColumns)), token);
  await add(name, 'kept');
  const changed = await bundleSource(noteModule(`${noteColumns}, stars: t.u8()`, ', stars: 1'));
  const refused = await publish(server.uri, name, changed, token);
  expect(refused.status).toBe(400);
  expect(await refused.text()).toContain('Adding a column stars to table note requires a default value annotation');
  expect((await add(name, 'still works')).status).toBe(200);
  expect(await rows(name)).toEqual([
    [1, 'kept'],
    [2, 'still works'],
  ]);
});

test('a column with a default is added behind a token, and old rows get it', async () => {
  const { token } = await newAccount(server.uri);
  const name = freshName('note');
  await publishOk(server.uri, name, await bundleSource(noteModule(noteColumns)), token);
  await add(name, 'old');
  const changed = await bundleSource(noteModule(`${noteColumns}, stars: t.u8().default(3)`, ', stars: 5'));
  const plain = await publish(server.uri, name, changed, token);
  expect(plain.status).toBe(400);
  expect(await plain.text()).toContain('client-breaking change');
  const asked = await fetch(`${server.uri}/v1/database/${name}/pre_publish?style=NoColor&host_type=Js`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: changed,
  });
  const { AutoMigrate: plan } = (await asked.json()) as {
    AutoMigrate: { token: string; break_clients: boolean; migrate_plan: string };
  };
  expect(plan.break_clients).toBe(true);
  expect(plan.migrate_plan).toContain('stars');
  const done = await publish(server.uri, name, changed, token, `&policy=BreakClients&token=${plan.token}`);
  expect(done.status).toBe(200);
  await add(name, 'new');
  expect(await rows(name)).toEqual([
    [1, 'old', 3],
    [expect.any(Number), 'new', 5],
  ]);
});

test('clear empties the database and runs init again', async () => {
  const { token } = await newAccount(server.uri);
  const name = freshName('note');
  const bundle = await bundleSource(noteModule(noteColumns));
  await publishOk(server.uri, name, bundle, token);
  await add(name, 'gone');
  expect((await publish(server.uri, name, bundle, token, '&clear=true')).status).toBe(200);
  expect(await rows(name)).toEqual([]);
});

test.each([
  ['a syntax error', 'export default {', /./],
  ['no SpacetimeDB import', 'export default 1;', /./],
  ['no default export', "import { t } from 'spacetimedb/server'; export const x = 1;", /default|export/],
  [
    'two primary keys',
    "import { schema, t, table } from 'spacetimedb/server'; export default schema({ a: table({}, { x: t.u32().primaryKey(), y: t.u32().primaryKey() }) });",
    /primary key/,
  ],
  [
    'an init that throws',
    `${noteModule(noteColumns)} export const init = db.init(() => { throw new SenderError('no way'); });`,
    /no way/,
  ],
  ['a module that throws while loading', `${noteModule(noteColumns)} throw new Error('at load');`, /at load/],
])('%s is refused with a reason and creates nothing', async (_what, source, reason) => {
  const { token } = await newAccount(server.uri);
  const name = freshName('broken');
  const bundle = source === 'export default {' ? source : await bundleSource(source);
  const refused = await publish(server.uri, name, bundle, token);
  expect(refused.status).toBeGreaterThanOrEqual(400);
  expect(await refused.text()).toMatch(reason);
  expect((await fetch(`${server.uri}/v1/database/${name}/identity`)).status).toBe(404);
});

test('names that are no names', async () => {
  const { token } = await newAccount(server.uri);
  const bundle = await bundleFixture('chat');
  for (const name of ['Upper', 'a--b', '-a', 'a_b']) {
    expect((await publish(server.uri, name, bundle, token)).status).toBe(400);
  }
});
