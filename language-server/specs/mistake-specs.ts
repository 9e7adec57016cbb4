/** As rule-specs.ts, for what fails while a module loads and for what no definition can hold. */
import type { RuleSpecs } from './rule-specs.ts';

const timer = `const timer = table({}, { id: t.u64().primaryKey().autoInc(), at: t.scheduleAt() });
`;
const oneTable = `const x = table({}, { id: t.u64().primaryKey() });
const db = schema({ x });
export default db;
`;

export const mistakeSpecs: Readonly<Record<string, RuleSpecs>> = {
  'column-builder-not-called': {
    fires: [
      `export default schema({ a: table({}, { id: t.u8, list: t.array(t.u8) }) });
                                           ^^^^ column-builder-not-called
                                                               ^^^^ column-builder-not-called`,
      `const E = t.enum('E', { a: t.unit, b: t.u8() });
                           ^^^^^^ column-builder-not-called
const db = schema({ a: table({}, { id: t.u8().primaryKey, e: E }) });
                                       ^^^^^^^^^^^^^^^^^ column-builder-not-called
export default db;
export const add = db.reducer({ n: t.u32 }, () => {});
                                   ^^^^^ column-builder-not-called
export const all = db.procedure(t.string, () => '');
                                ^^^^^^^^ column-builder-not-called`,
    ],
    silent: [
      `const of = { u8: () => t.u8(), t };
const column = ({ t }: any) => t.u8;
export default schema({ a: table({}, { id: of.u8(), n: column({ t: { u8: t.u8() } }) }) });`,
    ],
  },
  'default-export-not-schema': {
    fires: [
      `const a = table({}, { id: t.u8() });
const db = schema({ a });
export default a;
               ^ default-export-not-schema
export const add = db.reducer(() => {});`,
      `const a = table({}, { id: t.u8() });
const db = schema({ a });
export const add = db.reducer(() => {});
export { add as default };
                ^^^^^^^ default-export-not-schema`,
    ],
    silent: [`${oneTable}export const add = db.reducer(() => {});`, `export default makeSchema(schema({}));`],
  },
  'default-out-of-range': {
    fires: [
      `export default schema({ a: table({}, { n: t.u8().default(256), m: t.i8().default(-129), k: t.i32().default(0.5) }) });
                                                         ^^^ default-out-of-range
                                                                                 ^^^^ default-out-of-range
                                                                                                           ^^^ default-out-of-range`,
      `const n = -1n;
export default schema({ a: table({}, { n: t.u64().default(n), m: t.u128().default(340282366920938463463374607431768211456n) }) });
                                                          ^ default-out-of-range
                                                                                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ default-out-of-range`,
    ],
    silent: [
      `export default schema({ a: table({}, {
  a: t.u8().default(255), b: t.i8().default(-128), c: t.i32().default(1e3), d: t.f32().default(0.5),
  e: t.u256().default(0xffn), f: t.i64().default(-9223372036854775808n), g: t.u16().default(Math.max(1, 2)),
}) });`,
    ],
  },
  'default-with-constraint': {
    fires: [
      `export default schema({ a: table({}, { id: t.u64().primaryKey().default(0n), n: t.u8().default(1).unique() }) });
                                                                ^^^^^^^ default-with-constraint
                                                                                       ^^^^^^^ default-with-constraint`,
      `export default schema({ a: table({}, { id: t.u32().autoInc().default(7) }) });
                                                             ^^^^^^^ default-with-constraint`,
    ],
    silent: [`export default schema({ a: table({}, { id: t.u64().primaryKey(), n: t.u8().index().default(1) }) });`],
  },
  'index-empty-columns': {
    fires: [
      `export default schema({ a: table({ indexes: [{ accessor: 'none', algorithm: 'btree', columns: [] }] }, { n: t.u8() }) });
                                                                                              ^^ index-empty-columns`,
      `const none = [] as const;
export default schema({ a: table({ indexes: [
  { accessor: 'none', algorithm: 'hash', columns: none },
                                                  ^^^^ index-empty-columns
] }, { n: t.u8() }) });`,
    ],
    silent: [
      `export default schema({ a: table({ indexes: [{ accessor: 'b', algorithm: 'btree', columns: [...more] }] }, { n: t.u8() }) });`,
    ],
  },
  'index-missing-accessor': {
    fires: [
      `export default schema({ a: table({ indexes: [{ name: 'by_n', algorithm: 'btree', columns: ['n'] }] }, { n: t.u8() }) });
                                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ index-missing-accessor`,
      `const byN = { algorithm: 'btree', columns: ['n'] };
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ index-missing-accessor
export default schema({ a: table({ indexes: [byN] }, { n: t.u8() }) });`,
    ],
    silent: [
      `export default schema({ a: table({ indexes: [{ ...more, algorithm: 'btree', columns: ['n'] }] }, { n: t.u8() }) });`,
    ],
  },
  'index-missing-algorithm': {
    fires: [
      `export default schema({ a: table({ indexes: [{ accessor: 'byN', columns: ['n'] }] }, { n: t.u8() }) });
                                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ index-missing-algorithm`,
      `export default schema({ a: table({ indexes: [
  { accessor: 'byN', columns: ['n'] },
  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ index-missing-algorithm
  { accessor: 'hashed', algorithm: 'hash', columns: ['n'] },
] }, { n: t.u8() }) });`,
    ],
    silent: [
      `export default schema({ a: table({ indexes: [{ accessor: 'byN', algorithm: chosen, columns: ['n'] }] }, { n: t.u8() }) });`,
    ],
  },
  'multiple-schemas': {
    fires: [
      `${oneTable}const other = schema({ y: table({}, { id: t.u8() }) });
              ^^^^^^ multiple-schemas
export const add = db.reducer(() => {});
export const more = other.reducer(() => {});`,
      `import { join } from './players';
const db = schema({ x: table({}, { id: t.u8() }) });
export default db;
export { join };
// @file src/players.ts
import { schema } from 'spacetimedb/server';
const other = schema({});
              ^^^^^^ multiple-schemas
export const join = other.reducer(() => {});`,
    ],
    silent: [
      `import * as lib from './lib';
const db = schema({ x: table({}, { id: t.u8() }), lib });
export default db;
export const add = db.reducer(() => {});
// @file src/lib.ts
import { schema } from 'spacetimedb/server';
const own = schema({});
export default own;
export const inside = own.reducer(() => {});`,
    ],
  },
  'row-type-is-object-type': {
    fires: [
      `export default schema({ a: table({}, t.object('A', { id: t.u8() })) });
                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ row-type-is-object-type`,
      `const A = t.object('A', { id: t.u8() });
export default schema({ a: table({ public: true }, A) });
                                                   ^ row-type-is-object-type`,
    ],
    silent: [
      `const A = t.row('A', { id: t.u8() });\nexport default schema({ a: table({}, A), b: table({}, someRow) });`,
    ],
  },
  'schedule-at-unused': {
    fires: [
      `const timer = table({}, { id: t.u64().primaryKey().autoInc(), at: t.scheduleAt() });
                                                              ^^ schedule-at-unused
const db = schema({ timer });
export default db;
export const fire = db.reducer({ timer: timer.rowType }, () => {});`,
      `const db = schema({ job: table({}, { id: t.u64().primaryKey(), when: t.option(t.u8()), at: t.scheduleAt().default(x) }) });
                                                                                       ^^ schedule-at-unused
export default db;`,
    ],
    silent: [
      `${timer}const db = schema({ timer });
export default db;
export const fire = db.reducer({ onSchedule: timer }, { timer: timer.rowType }, () => {});`,
      `${timer}const db = schema({ timer });
export default db;
export const fire = makeTimer(db, timer);`,
      `export { default } from './db';
// @file src/db.ts
import { schema, table, t } from 'spacetimedb/server';
export ${timer}const db = schema({ timer });
export default db;
// @file src/fire.ts
import db, { timer } from './db';
export const fire = db.reducer({ onSchedule: timer }, { timer: timer.rowType }, () => {});
             ^^^^ unreachable-from-entry`,
      `${timer}const db = schema({ timer });
export default db;
export const fire = db.reducer(optionsOf(timer), { timer: timer.rowType }, () => {});`,
      `${timer}const db = schema({ timer });
export default db;
export const fire = db.procedure({ onSchedule: timer }, { timer: timer.rowType }, t.unit(), () => ({}));`,
    ],
  },
  'schedule-missing-params-arg': {
    fires: [
      `${timer}const db = schema({ timer });
export default db;
export const fire = db.reducer({ onSchedule: timer }, () => {});
                               ^^^^^^^^^^^^^^^^^^^^^ schedule-missing-params-arg`,
      `${timer}const db = schema({ timer });
export default db;
export const fire = db.procedure({ onSchedule: timer }, t.unit(), () => ({}));
                                 ^^^^^^^^^^^^^^^^^^^^^ schedule-missing-params-arg`,
    ],
    silent: [
      `${timer}const db = schema({ timer });
export default db;
export const fire = db.reducer({ onSchedule: timer }, { timer: timer.rowType }, () => {});
export const plain = db.reducer({ onSchedule: t.string() }, () => {});`,
    ],
  },
  'schedule-table-not-in-schema': {
    fires: [
      `${timer}const db = schema({ x: table({}, { id: t.u8() }) });
export default db;
export const fire = db.reducer({ onSchedule: timer }, { timer: timer.rowType }, () => {});
                                             ^^^^^ schedule-table-not-in-schema`,
      `${timer}const db = schema({});
export default db;
const fire = db.procedure({ onSchedule: timer }, { timer: timer.rowType }, t.unit(), () => ({}));
                                        ^^^^^ schedule-table-not-in-schema`,
    ],
    silent: [
      `${timer}const db = schema({ ...tables });
export default db;
export const fire = db.reducer({ onSchedule: timer }, { timer: timer.rowType }, () => {});`,
    ],
  },
  'schema-entry-not-table': {
    fires: [
      `export default schema({ a: t.row({ id: t.u8() }), b: table({}, { id: t.u8() }) });
                        ^ schema-entry-not-table`,
      `const makeTable = () => 1;
export default schema({ makeTable });
                        ^^^^^^^^^ schema-entry-not-table`,
    ],
    silent: [`import * as lib from 'auth-lib';\nexport default schema({ lib, other: someTable });`],
  },
  'table-handle-reused': {
    fires: [
      `const x = table({}, { id: t.u64().primaryKey() });
export default schema({ first: x, second: x });
                                  ^^^^^^ table-handle-reused`,
      `const x = table({}, { n: t.u64().index() });
export default schema({ x, again: x, more: x });
                           ^^^^^ table-handle-reused
                                     ^^^^ table-handle-reused`,
    ],
    silent: [
      `const x = table({}, { n: t.u64() });
export default schema({ first: x, second: x });`,
      `const x = () => table({}, { n: t.u64().index() });
export default schema({ first: x(), second: x() });`,
    ],
  },
  'table-missing-columns': {
    fires: [
      `export default schema({ a: table({ public: true }) });
                           ^^^^^ table-missing-columns`,
      `import * as stdb from 'spacetimedb/server';
export const a = stdb.table({ id: t.u8() });
                      ^^^^^ table-missing-columns
             ^ non-spacetime-export
export default schema({ a });`,
    ],
    silent: [`export default schema({ a: table(...both) });`],
  },
  'table-options-in-columns': {
    fires: [
      `export default schema({ a: table({}, { id: t.u8(), public: true, indexes: [] }) });
                                                   ^^^^^^ table-options-in-columns
                                                                 ^^^^^^^ table-options-in-columns`,
      `const columns = { id: t.u8(), name: 'pet' };
                              ^^^^ table-options-in-columns
export default schema({ a: table({}, columns) });`,
    ],
    silent: [
      `export default schema({ a: table({}, { id: t.u8(), name: t.string(), public: t.bool(), event: kind }) });`,
    ],
  },
  'type-missing-name': {
    fires: [
      `const size = { w: t.u8() };
export default schema({ a: table({}, { at: t.object({ x: t.f32() }), all: t.array(t.row(size)), e: t.enum(['a']) }) });
                                             ^^^^^^ type-missing-name
                                                                                    ^^^ type-missing-name
                                                                                                     ^^^^ type-missing-name`,
      `${oneTable}export const put = db.reducer({ p: t.option(t.object({ x: t.u8() })) }, () => {});
                                              ^^^^^^ type-missing-name
export const get = db.view({ public: true }, t.array(t.row({ x: t.u8() })), () => []);
                                                       ^^^ type-missing-name
export const made = db.procedure(t.row({ x: t.u8() }), () => ({ x: 1 }));
                                   ^^^ type-missing-name`,
    ],
    silent: [
      `const name = 'Vec';
const row = t.row({ id: t.u8() });
const args = t.row({ n: t.u8() });
const db = schema({ a: table({}, row), b: table({}, { v: t.object(name, { x: t.u8() }), w: t.object(...both) }) });
export default db;
export const add = db.reducer(args, () => {});
export const all = db.view({ public: true }, t.array(row), () => []);`,
    ],
  },
  'type-unknown-builder': {
    fires: [
      `export default schema({ a: table({}, { n: t.int(), s: t.optional(t.boolean()) }) });
                                            ^^^ type-unknown-builder
                                                        ^^^^^^^^ type-unknown-builder
                                                                   ^^^^^^^ type-unknown-builder`,
      `import { t as types } from 'spacetimedb/server';
${oneTable}export const add = db.reducer({ id: types.u64().nullable(), when: types.date() }, () => {});
                                                ^^^^^^^^ type-unknown-builder
                                                                        ^^^^ type-unknown-builder`,
    ],
    silent: [
      `const own = { int: () => t.i32() };
const row = (t: typeof own) => ({ n: t.int() });
export default schema({ a: table({}, { n: own.int(), m: t.newType(), ...row(own) }) });`,
    ],
  },
  'v1-reducer-string-name': {
    fires: [
      `${oneTable}export const add = db.reducer('add', { id: t.u64() }, () => {});
                              ^^^^^ v1-reducer-string-name`,
      `${oneTable}export const all = db.procedure('all', t.string(), () => '');
                                ^^^^^ v1-reducer-string-name
export const boot = db.init('boot', () => {});
                            ^^^^^^ v1-reducer-string-name
db.clientConnected('on_connect', () => {});
                   ^^^^^^^^^^^^ v1-reducer-string-name`,
    ],
    silent: [`${oneTable}export const add = db.reducer({ name: 'add' }, { id: t.u64() }, () => {});`],
  },
  'v1-scheduled-string': {
    fires: [
      `const timer = table({ scheduled: 'fire' }, { id: t.u64().primaryKey(), at: t.scheduleAt() });
                                 ^^^^^^ v1-scheduled-string
const db = schema({ timer });
export default db;`,
      `export default schema({ timer: table({ name: 'timers', scheduled: \`fire\` }, { id: t.u64().primaryKey(), at: t.scheduleAt() }) });
                                                                  ^^^^^^ v1-scheduled-string`,
    ],
    silent: [
      `const timer = table({ scheduled: (): any => fire }, { id: t.u64().primaryKey(), at: t.scheduleAt() });
const db = schema({ timer });
export default db;
export const fire = db.reducer({ timer: timer.rowType }, () => {});`,
    ],
  },
  'v1-schema-args': {
    fires: [
      `const a = table({}, { id: t.u8() });
export default schema(a);
                      ^ v1-schema-args`,
      `const a = table({}, { id: t.u8() });
const b = table({}, { id: t.u8() });
const c = table({}, { id: t.u8() });
      ^ table-not-in-schema
export default schema(a, b);
                      ^ v1-schema-args`,
    ],
    silent: [
      `const a = table({}, { id: t.u8() });
export default schema(tables);`,
    ],
  },
};
