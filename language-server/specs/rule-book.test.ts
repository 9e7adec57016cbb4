import { expect, test } from 'vitest';
import { runSpec } from '../testing/caret-spec.ts';

/** The cases of the rule book (part D) that the rules so far cover, by their numbers there. */
const cases: readonly (readonly [name: string, spec: string])[] = [
  [
    'M01 Auto-increment on a type TypeScript lets through, second primary key',
    `
import { schema, table, t } from 'spacetimedb/server';
const ticket = table({ public: true }, {
  id: t.uuid().autoInc(),
               ^^^^^^^ auto-inc-not-integer
  code: t.string().primaryKey(),
  serial: t.u64().primaryKey().autoInc(),
                  ^^^^^^^^^^ pk-multiple
});
export default schema({ ticket });
`,
  ],
  [
    'M02 Index entries that repeat or shadow inline ones',
    `
import { schema, table, t } from 'spacetimedb/server';
const book = table(
  {
    indexes: [
      { accessor: 'byIsbn', algorithm: 'btree', columns: ['isbn'] },
      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ index-duplicate-definition
      { accessor: 'isbnHash', algorithm: 'hash', columns: ['isbn'] },
      { accessor: 'shelf', algorithm: 'btree', columns: ['room', 'shelf'] },
                  ^^^^^^^ index-accessor-duplicate
      { accessor: 'roomTwice', algorithm: 'btree', columns: ['room', 'room'] },
                                                                     ^^^^^^ index-duplicate-column
    ],
  },
  { isbn: t.string().primaryKey(), room: t.u32(), shelf: t.u32().index() }
);
export default schema({ book });
`,
  ],
  [
    'M03 Two tables whose generated index names meet',
    `
import { schema, table, t } from 'spacetimedb/server';
const category = table({}, { id: t.u64().primaryKey() });
const product = table({}, { id: t.u64().primaryKey(), category_id: t.u64().index() });
                                                      ^^^^^^^^^^^ generated-name-collision
export default schema({ product_category: category, product });
`,
  ],
  [
    'M04 Type names: table, reducer and object types share one namespace',
    `
import { schema, table, t } from 'spacetimedb/server';
const players = table({ public: true }, { id: t.u64().primaryKey(), pos: t.object('Vec2', { x: t.f32(), y: t.f32() }) });
const walls = table({}, { id: t.u64().primaryKey(), at: t.object('vec2', { x: t.f32() }) });
                                                                 ^^^^^^ type-name-duplicate
const db = schema({ player: players, wall: walls });
export default db;
export const player = db.reducer({ id: t.u64() }, (ctx, { id }) => { ctx.db.player.id.delete(id); });
             ^^^^^^ type-name-duplicate
`,
  ],
  [
    'M05 Legacy schedules: silently dropped, wrong key, wrong parameters',
    `
import { schema, table, t } from 'spacetimedb/server';
const reminder = table(
  { scheduled: (): any => remind },
               ^^^^^^^^^^^^^^^^^ schedule-missing-at-column
  { id: t.u64().primaryKey().autoInc(), due: t.timestamp() }
);
const beat = table(
  { scheduled: (): any => onBeat },
  { id: t.u32().primaryKey().autoInc(), at: t.scheduleAt() }
    ^^ schedule-primary-key
);
const db = schema({ reminder, beat });
export default db;
export const remind = db.reducer({ row: reminder.rowType }, () => {});
export const onBeat = db.reducer({ count: t.u8() }, () => {});
                                 ^^^^^^^^^^^^^^^^^ schedule-function-params
`,
  ],
  [
    'M06 onSchedule on a function nobody exports',
    `
import { schema, table, t } from 'spacetimedb/server';
const timer = table({}, { scheduled_id: t.u64().primaryKey().autoInc(), scheduled_at: t.scheduleAt() });
const db = schema({ timer });
export default db;
const fire = db.reducer({ onSchedule: timer }, { timer: timer.rowType }, () => {});
      ^^^^ schedule-function-not-exported
`,
  ],
  [
    'M07 Exports of the entry file',
    `
import { schema, table, t } from 'spacetimedb/server';
export const MAX_ITEMS = 20;
             ^^^^^^^^^ non-spacetime-export
export type Slot = { n: number };
export const item = table({}, { id: t.u64().primaryKey() });
             ^^^^ non-spacetime-export
const db = schema({ item });
           ^^^^^^ missing-default-export
db.reducer(ctx => { ctx.db.item.count(); });
   ^^^^^^^ unexported-registration
const purge = db.reducer(ctx => { ctx.db.item.clear(); });
      ^^^^^ unexported-registration
export const add = db.reducer({ n: t.u64() }, (ctx, { n }) => { ctx.db.item.insert({ id: n }); });
`,
  ],
  [
    'M09 Defaults',
    `
import { schema, table, t } from 'spacetimedb/server';
const item = table({}, {
  id: t.u64().primaryKey().autoInc(),
  slug: t.string().unique().default(''),
                            ^^^^^^^ default-with-constraint
  level: t.u8().default(300),
                        ^^^ default-out-of-range
  weight: t.i16().default(1.5),
                          ^^^ default-out-of-range
  label: t.string().default(''),
});
export default schema({ item });
`,
  ],
  [
    'M13 Reserved prefix, bad characters, equal canonical names',
    `
import { schema, table, t } from 'spacetimedb/server';
const cols = () => ({ v: t.u32() });
const config = table({ name: 'st_config' }, cols());
                             ^^^^^^^^^^^ table-name-reserved-prefix
const db = schema({
  config,
  stats: table({}, cols()),
  order: table({}, cols()),
  stFoo: table({}, cols()),
  ^^^^^ table-name-reserved-prefix
  'order-lines': table({}, cols()),
  ^^^^^^^^^^^^^ name-invalid-char
  items1: table({}, cols()),
  items_1: table({}, cols()),
  ^^^^^^^ table-name-duplicate
});
export default db;
`,
  ],
  [
    'M14 Correct module that looks suspicious',
    `
import { schema, table, t, SenderError } from 'spacetimedb/server';
const select = table(
  { name: 'from', public: true, indexes: [{ accessor: 'insertedBy', algorithm: 'hash', columns: ['author'] }] },
  { id: t.u64().primaryKey().autoInc(), author: t.identity().index(), parent: t.u64().optional() }
);
const db = schema({ select });
export { db as default };
export const post = db.reducer({ parent: t.option(t.u64()) }, (ctx, { parent }) => {
  if (parent !== undefined && !ctx.db.select.id.find(parent)) throw new SenderError('no parent');
  ctx.db.select.insert({ id: 0n, author: ctx.sender, parent });
});
export const init = db.init(ctx => console.info(ctx.timestamp.toDate().toISOString()));
`,
  ],
  [
    'M15 Habits from 1.x and from other libraries',
    `
import { schema, table, t } from 'spacetimedb/server';
const pet = table({ name: 'pet', public: true }, {
  id: t.u64().primaryKey().autoIncrement(),
                           ^^^^^^^^^^^^^ type-unknown-builder
  age: t.int(),
         ^^^ type-unknown-builder
  name: t.string,
        ^^^^^^^^ column-builder-not-called
});
const toy = table({}, { id: t.u64(), indexes: [] });
      ^^^ table-not-in-schema
                                     ^^^^^^^ table-options-in-columns
const db = schema(pet);
                  ^^^ v1-schema-args
export default db;
export const feed = db.reducer('feed', { id: t.u64() }, (ctx, { id }) => {});
                               ^^^^^^ v1-reducer-string-name
`,
  ],
  [
    'M16 Files the entry never reaches',
    `
// @file src/index.ts
export { default } from './schema';
export * from './players';
// @file src/schema.ts
import { schema, table, t } from 'spacetimedb/server';
const player = table({}, { id: t.identity().primaryKey() });
const db = schema({ player });
export default db;
// @file src/players.ts
import db from './schema';
export const join = db.reducer(ctx => { ctx.db.player.insert({ id: ctx.sender }); });
// @file src/admin.ts
import db from './schema';
export const leave = db.reducer(ctx => { ctx.db.player.id.delete(ctx.sender); });
             ^^^^^ unreachable-from-entry
`,
  ],
];

test.each(cases)('%s', (_name, spec) => {
  const { expected, found } = runSpec(spec);
  expect(found).toEqual(expected);
});
