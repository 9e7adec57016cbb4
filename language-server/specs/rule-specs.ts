/** For each rule: module texts with carets where it must report, and texts about which it must be silent. */

import { mistakeSpecs } from './mistake-specs.ts';

export interface RuleSpecs {
  readonly fires: readonly string[];
  readonly silent: readonly string[];
}

const head = "import { schema, table, t, CaseConversionPolicy } from 'spacetimedb/server';\n";
/** A schema of one table `x`, for specs about functions. */
const withTable = `${head}const x = table({}, { id: t.u64().primaryKey() });\nconst db = schema({ x });\nexport default db;\n`;

/** Rules that TypeScript text alone cannot break; schema/rules/rules.test.ts has their cases. */
export const onlyFromDefinitions: ReadonlySet<string> = new Set([
  'default-type-mismatch',
  'lifecycle-in-submodule',
  'lifecycle-with-params',
  'schedule-function-missing',
]);

const specs: Readonly<Record<string, RuleSpecs>> = {
  'auto-inc-not-integer': {
    fires: [
      `export default schema({ a: table({}, {
  id: t.timestamp().primaryKey().autoInc(),
                                 ^^^^^^^ auto-inc-not-integer
}) });`,
      `const id = () => t.identity().autoInc();
                              ^^^^^^^ auto-inc-not-integer
export default schema({ a: table({}, { id: id() }) });`,
    ],
    silent: [`export default schema({ a: table({}, { id: t.i16().primaryKey().autoInc() }) });`],
  },
  'column-name-collision': {
    fires: [
      `export default schema({ a: table({}, { fooBar: t.u8(), foo_bar: t.u8() }) });
                                                       ^^^^^^^ column-name-collision`,
      `const row = t.row('Row', { item1: t.u8(), item_1: t.string() });
                                          ^^^^^^ column-name-collision
export default schema({ a: table({}, row) });`,
    ],
    silent: [
      `export default schema({ a: table({}, { fooBar: t.u8(), foo_bar: t.u8() }) }, { CASE_CONVERSION_POLICY: CaseConversionPolicy.None });`,
    ],
  },
  'enum-too-many-variants': {
    fires: [
      `export default schema({ a: table({}, { e: t.enum('E', [${Array.from({ length: 256 }, (_, i) => `'q${i}x'`).join()},
'last',
^^^^^^ enum-too-many-variants
]) }) });`,
      `const E = t.enum('E', { ${Array.from({ length: 256 }, (_, i) => `q${i}x: t.unit()`).join()},
last: t.u8(),
^^^^ enum-too-many-variants
});
export default schema({ a: table({}, { e: E }) });`,
    ],
    silent: [
      `export default schema({ a: table({}, { e: t.enum('E', [${Array.from({ length: 256 }, (_, i) => `'q${i}x'`).join()}]) }) });`,
    ],
  },
  'enum-variant-collision': {
    fires: [
      `export default schema({ a: table({}, { e: t.enum('E', ['fooBar', 'foo_bar']) }) });
                                                                 ^^^^^^^^^ enum-variant-collision`,
      `const E = t.enum('E', { Ok: t.unit(), ok: t.u8() });
                                      ^^ enum-variant-collision
export default schema({ a: table({}, { e: E }) });`,
    ],
    silent: [`export default schema({ a: table({}, { e: t.enum('E', ['foo', 'bar']) }) });`],
  },
  'event-table-private': {
    fires: [
      `export default schema({ ping: table({ event: true }, { n: t.u8() }) });
                                      ^^^^^ event-table-private`,
      `const options = { public: false, event: true };
                                 ^^^^^ event-table-private
export default schema({ ping: table({ ...options }, { n: t.u8() }) });`,
    ],
    silent: [`export default schema({ ping: table({ event: true, public: true }, { n: t.u8() }) });`],
  },
  'generated-name-collision': {
    fires: [
      `export default schema({
  product_category: table({}, { id: t.u64().index() }),
  product: table({}, { category_id: t.u64().index() }),
                       ^^^^^^^^^^^ generated-name-collision
});`,
      `const opts = { indexes: [
  { accessor: 'one', algorithm: 'btree', columns: ['a', 'b'] },
  { accessor: 'two', algorithm: 'btree', columns: ['a_b'] },
  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ generated-name-collision
] };
export default schema({ x: table(opts, { a: t.u8(), b: t.u8(), a_b: t.u8() }) });`,
    ],
    silent: [
      `export default schema({
  product: table({}, { id: t.u64().primaryKey(), category: t.u64().index('hash') }),
  category: table({}, { id: t.u64().primaryKey().autoInc() }),
});`,
    ],
  },
  'index-accessor-duplicate': {
    fires: [
      `export default schema({ a: table({ indexes: [
  { accessor: 'v', algorithm: 'hash', columns: ['v'] },
              ^^^ index-accessor-duplicate
] }, { v: t.u8().index() }) });`,
      `export default schema({ a: table({ indexes: [
  { accessor: 'by', algorithm: 'btree', columns: ['v', 'w'] },
  { accessor: 'by', algorithm: 'btree', columns: ['w', 'v'] },
              ^^^^ index-accessor-duplicate
] }, { v: t.u8(), w: t.u8() }) });`,
    ],
    silent: [
      `export default schema({ a: table({ indexes: [{ accessor: 'by', algorithm: 'hash', columns: ['v'] }] }, { v: t.u8().index() }) });`,
    ],
  },
  'index-direct-bad-type': {
    fires: [
      `export default schema({ a: table({}, { s: t.string().unique().index('direct') }) });
                                                                    ^^^^^^^^ index-direct-bad-type`,
      `export default schema({ a: table({ indexes: [
  { accessor: 'by', algorithm: 'direct', column: 'n' },
                               ^^^^^^^^ index-direct-bad-type
                               ^^^^^^^^ index-direct-not-unique
] }, { n: t.i32() }) });`,
    ],
    silent: [
      `export default schema({ a: table({}, { n: t.u16().unique().index('direct'), e: t.enum('E', ['x']).primaryKey().index('direct') }) });`,
    ],
  },
  'index-direct-not-unique': {
    fires: [
      `export default schema({ a: table({}, { n: t.u8().index('direct') }) });
                                                       ^^^^^^^^ index-direct-not-unique`,
      `export default schema({ a: table({ indexes: [{ accessor: 'by', algorithm: 'direct', column: 'n' }] }, { n: t.u64() }) });
                                                                          ^^^^^^^^ index-direct-not-unique`,
    ],
    silent: [`export default schema({ a: table({}, { n: t.u8().index('direct').unique() }) });`],
  },
  'index-duplicate-column': {
    fires: [
      `export default schema({ a: table({ indexes: [{ accessor: 'by', algorithm: 'btree', columns: ['n', 'n'] }] }, { n: t.u8() }) });
                                                                                                  ^^^ index-duplicate-column`,
      `const columns = ['n', 'm', 'n'];
                           ^^^ index-duplicate-column
export default schema({ a: table({ indexes: [{ accessor: 'by', algorithm: 'hash', columns }] }, { n: t.u8(), m: t.u8() }) });`,
    ],
    silent: [
      `export default schema({ a: table({ indexes: [{ accessor: 'by', algorithm: 'btree', columns: ['n', 'm'] }] }, { n: t.u8(), m: t.u8() }) });`,
    ],
  },
  'index-duplicate-definition': {
    fires: [
      `export default schema({ a: table({ indexes: [
  { accessor: 'again', algorithm: 'btree', columns: ['n'] },
  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ index-duplicate-definition
] }, { n: t.u8().unique() }) });`,
      `const again = { accessor: 'again', algorithm: 'hash', columns: ['n'] } as const;
              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ index-duplicate-definition
export default schema({ a: table({ indexes: [again] }, { n: t.u8().index('hash') }) });`,
    ],
    silent: [
      `export default schema({ a: table({ indexes: [{ accessor: 'h', algorithm: 'hash', columns: ['n'] }] }, { n: t.u8().unique() }) });`,
    ],
  },
  'index-unknown-column': {
    fires: [
      `export default schema({ a: table({ indexes: [{ accessor: 'by', algorithm: 'btree', columns: ['ownr'] }] }, { owner: t.u8() }) });
                                                                                             ^^^^^^ index-unknown-column`,
      `export default schema({ a: table({ indexes: [{ accessor: 'by', algorithm: 'direct', column: 'x' }] }, { owner: t.u8() }) });
                                                                                            ^^^ index-unknown-column`,
    ],
    silent: [
      `import { shared } from 'elsewhere';
export default schema({ a: table({ indexes: [{ accessor: 'by', algorithm: 'btree', columns: ['owner'] }] }, { ...shared, n: t.u8() }) });`,
    ],
  },
  'name-empty-after-conversion': {
    fires: [
      `export default schema({ a: table({}, { __: t.u8() }) });
                                       ^^ name-empty-after-conversion`,
      `export default schema({ _: table({}, t.row('A', { n: t.u8() })) });
                        ^ name-empty-after-conversion`,
    ],
    silent: [`export default schema({ _a: table({}, { _n: t.u8() }) });`],
  },
  'name-invalid-char': {
    fires: [
      `export default schema({ 'my table': table({}, t.row('A', { 'naïve-column': t.u8() })) });
                        ^^^^^^^^^^ name-invalid-char
                                                           ^^^^^^^^^^^^^^ name-invalid-char`,
      `export default schema({ a: table({}, { e: t.enum('E', ['one', '2nd']) }) });
                                                              ^^^^^ name-invalid-char`,
    ],
    silent: [`export default schema({ select: table({}, { order: t.u8(), Москва: t.u8(), _x1: t.u8() }) });`],
  },
  'name-not-nfc': {
    fires: [
      `export default schema({ a: table({}, { e\u0301: t.u8() }) });
                                       ^^ name-not-nfc`,
      `export default schema({ 'e\u0301tat': table({}, t.row('A', { n: t.u8() })) });
                        ^^^^^^^ name-not-nfc`,
    ],
    silent: [`export default schema({ a: table({}, { \u00e9: t.u8() }) });`],
  },
  'pk-multiple': {
    fires: [
      `export default schema({ a: table({}, { a: t.u8().primaryKey(), b: t.u8().primaryKey() }) });
                                                                         ^^^^^^^^^^ pk-multiple`,
      `const base = { id: t.u64().primaryKey() };
export default schema({ a: table({}, { ...base, other: t.string().primaryKey() }) });
                                                                  ^^^^^^^^^^ pk-multiple`,
    ],
    silent: [`export default schema({ a: table({}, { a: t.u8().primaryKey(), b: t.u8().unique() }) });`],
  },
  'table-name-duplicate': {
    fires: [
      `export default schema({ fooBar: table({}, { n: t.u8() }), foo_bar: table({}, { n: t.u8() }) });
                                                          ^^^^^^^ table-name-duplicate`,
      `export default schema({ one: table({}, { n: t.u8() }), two: table({ name: 'one' }, { n: t.u8() }) });
                                                                          ^^^^^ table-name-duplicate`,
    ],
    silent: [
      `export default schema({ fooBar: table({}, t.row('A', { n: t.u8() })), foo_bar: table({ name: 'foobar' }, t.row('B', { n: t.u8() })) }, { CASE_CONVERSION_POLICY: CaseConversionPolicy.None });`,
    ],
  },
  'table-name-reserved-prefix': {
    fires: [
      `export default schema({ stThing: table({}, { n: t.u8() }) });
                        ^^^^^^^ table-name-reserved-prefix`,
      `export default schema({ a: table({ name: 'st_a' }, { n: t.u8() }) });
                                         ^^^^^^ table-name-reserved-prefix`,
    ],
    silent: [
      `export default schema({ stuff: table({}, { n: t.u8() }), stThing: table({ name: 'thing' }, { n: t.u8() }) });`,
    ],
  },
  'table-not-in-schema': {
    fires: [
      `const forgotten = table({}, { n: t.u8() });
      ^^^^^^^^^ table-not-in-schema
export default schema({ a: table({}, { n: t.u8() }) });`,
      `import { other } from './tables';
export default schema({ other });
// @file src/tables.ts
import { table, t } from 'spacetimedb/server';
export const other = table({}, { n: t.u8() });
export const left = table({}, { n: t.u8() });
             ^^^^ table-not-in-schema`,
    ],
    silent: [
      `import { more } from 'elsewhere';
const a = table({}, { n: t.u8() });
export default schema({ ...more });`,
    ],
  },
  'type-name-duplicate': {
    fires: [
      `export default schema({ player: table({}, { p: t.object('Player', { n: t.u8() }) }) });
                        ^^^^^^ type-name-duplicate`,
      `const point = () => t.object('Point', { n: t.u8() });
                             ^^^^^^^ type-name-duplicate
export default schema({ a: table({}, { p: point(), q: point() }) });`,
    ],
    silent: [
      `const point = t.object('Point', { n: t.u8() });
export default schema({ a: table({}, { p: point, q: t.array(point) }) });`,
    ],
  },
  'unique-constraint-duplicate': {
    fires: [
      `export default schema({ a: table({ constraints: [
  { constraint: 'unique', columns: ['n'] },
  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unique-constraint-duplicate
] }, { n: t.u8().unique() }) });`,
      `export default schema({ a: table({ constraints: [
  { name: 'k', constraint: 'unique', columns: ['n'] },
  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unique-constraint-duplicate
] }, { n: t.u8().primaryKey() }) });`,
    ],
    silent: [
      `export default schema({ a: table({ constraints: [{ constraint: 'unique', columns: ['n'] }] }, { n: t.u8().index() }) });`,
    ],
  },
  'unique-constraint-without-index': {
    fires: [
      `export default schema({ a: table({ constraints: [
  { constraint: 'unique', columns: ['n'] },
  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unique-constraint-without-index
] }, { n: t.u8() }) });`,
      `const constraints = [{ constraint: 'unique', columns: ['n'] }];
                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unique-constraint-without-index
export default schema({ a: table({ constraints }, { n: t.u8(), m: t.u8().index() }) });`,
    ],
    silent: [
      `export default schema({ a: table({ constraints: [{ constraint: 'unique', columns: ['n'] }], indexes: [{ accessor: 'by', algorithm: 'hash', columns: ['n'] }] }, { n: t.u8() }) });`,
    ],
  },
};

const functionSpecs: Readonly<Record<string, RuleSpecs>> = {
  'function-name-duplicate': {
    fires: [
      `export const addItem = db.reducer(() => {});
export const add_item = db.reducer(() => {});
             ^^^^^^^^ function-name-duplicate`,
      `export const one = db.reducer(() => {});
export const two = db.reducer({ name: 'one' }, () => {});
                                      ^^^^^ function-name-duplicate`,
    ],
    silent: [`export const one = db.reducer(() => {});\nexport const two = db.procedure(t.unit(), () => ({}));`],
  },
  'http-handler-name-duplicate': {
    fires: [
      `export const getIt = db.httpHandler(() => x);
export const get_it = db.httpHandler(() => x);
             ^^^^^^ http-handler-name-duplicate`,
      `export const one = db.httpHandler(() => x);
export const two = db.httpHandler({ name: 'one' }, () => x);
                                          ^^^^^ http-handler-name-duplicate`,
    ],
    silent: [`export const one = db.httpHandler(() => x);\nexport const two = db.reducer({ name: 'one' }, () => {});`],
  },
  'lifecycle-duplicate': {
    fires: [
      `export const init = db.init(() => {});
export const again = db.init(() => {});
             ^^^^^ lifecycle-duplicate`,
      `const first = db.clientConnected(() => {});
const second = db.clientConnected(() => {});
      ^^^^^^ lifecycle-duplicate
export { first, second };`,
    ],
    silent: [`export const a = db.clientConnected(() => {});\nexport const b = db.clientDisconnected(() => {});`],
  },
  'non-spacetime-export': {
    fires: [
      `export const limit = 20;
             ^^^^^ non-spacetime-export`,
      `export function help() {}
                ^^^^ non-spacetime-export
export enum Color { Red }
            ^^^^^ non-spacetime-export`,
    ],
    silent: [
      `export type Slot = { n: number };\nexport interface Shape { n: number }\nexport const later = unknownCall();`,
    ],
  },
  'unexported-registration': {
    fires: [
      `const quiet = db.reducer(() => {});
      ^^^^^ unexported-registration`,
      `db.init(() => {});
   ^^^^ unexported-registration`,
    ],
    silent: [
      `const a = db.reducer(() => {});
const b = db.reducer(() => {});
const c = db.reducer(() => {});
export const group = db.exportGroup({ a });
export const wrapped = traced(b);
export { c as d };`,
      `const a = db.reducer(() => {});
export const group = db.exportGroup(Object.assign({ a }, {}));`,
      `import * as lib from './lib';
export const touch = db.reducer(() => void lib);
// @file src/lib.ts
import { schema } from 'spacetimedb/server';
const own = schema({});
export default own;
export const inside = own.reducer(() => {});`,
    ],
  },
  'view-name-collides-table': {
    fires: [
      `export const x_ = db.view({ public: true }, t.array(x.rowType), () => []);
             ^^ view-name-collides-table`,
      `export const one = db.view({ public: true }, t.array(x.rowType), () => []);
export const two = db.anonymousView({ name: 'one', public: true }, t.array(x.rowType), () => []);
                                            ^^^^^ view-name-collides-table`,
    ],
    silent: [`export const mine = db.view({ public: true }, t.option(x.rowType), () => undefined);`],
  },
  'view-return-type': {
    fires: [
      `export const v = db.view({ public: true }, t.u64(), () => 1n);
                                           ^^^^^^^ view-return-type`,
      `export const v = db.view({ public: true }, t.array(t.string()), () => []);
                                           ^^^^^^^^^^^^^^^^^^^ view-return-type`,
    ],
    silent: [`export const v = db.view({ public: true }, t.array(t.row('Mine', { id: t.u64() })), () => []);`],
  },
};

const timer = 'id: t.u64().primaryKey().autoInc(), at: t.scheduleAt()';
const scheduleSpecs: Readonly<Record<string, RuleSpecs>> = {
  'schedule-duplicate': {
    fires: [
      `const timer = table({}, { ${timer} });
const db = schema({ timer });
export default db;
export const a = db.reducer({ onSchedule: timer }, { row: timer.rowType }, () => {});
export const b = db.reducer({ onSchedule: timer }, { row: timer.rowType }, () => {});
                                          ^^^^^ schedule-duplicate`,
      `const timer = table({ scheduled: (): any => a }, { ${timer} });
const db = schema({ timer });
export default db;
export const a = db.reducer({ row: timer.rowType }, () => {});
export const b = db.reducer({ onSchedule: timer }, { row: timer.rowType }, () => {});
                                          ^^^^^ schedule-duplicate`,
    ],
    silent: [
      `const one = table({}, { ${timer} });
const two = table({}, { ${timer} });
const db = schema({ one, two });
export default db;
export const a = db.reducer({ onSchedule: one }, { row: one.rowType }, () => {});
export const b = db.reducer({ onSchedule: two }, { row: two.rowType }, () => {});`,
    ],
  },
  'schedule-function-not-exported': {
    fires: [
      `const timer = table({}, { ${timer} });
const db = schema({ timer });
export default db;
const fire = db.reducer({ onSchedule: timer }, { row: timer.rowType }, () => {});
      ^^^^ schedule-function-not-exported`,
      `const timer = table({ scheduled: (): any => fire }, { ${timer} });
const db = schema({ timer });
export default db;
const fire = db.reducer({ row: timer.rowType }, () => {});
      ^^^^ schedule-function-not-exported`,
    ],
    silent: [
      `const timer = table({}, { ${timer} });
const db = schema({ timer });
export default db;
const fire = db.reducer({ onSchedule: timer }, { row: timer.rowType }, () => {});
export { fire };`,
    ],
  },
  'schedule-function-params': {
    fires: [
      `const timer = table({}, { ${timer} });
const db = schema({ timer });
export default db;
export const fire = db.reducer({ onSchedule: timer }, {}, () => {});
                                                      ^^ schedule-function-params`,
      `const timer = table({}, { ${timer} });
const db = schema({ timer });
export default db;
export const fire = db.reducer({ onSchedule: timer }, { row: timer.rowType, n: t.u8() }, () => {});
                                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ schedule-function-params`,
    ],
    silent: [
      `import { parameters } from 'elsewhere';
const timer = table({}, { ${timer} });
const db = schema({ timer });
export default db;
export const fire = db.reducer({ onSchedule: timer }, parameters, () => {});`,
    ],
  },
  'schedule-missing-at-column': {
    fires: [
      `const timer = table({}, { id: t.u64().primaryKey() });
const db = schema({ timer });
export default db;
export const fire = db.reducer({ onSchedule: timer }, { row: timer.rowType }, () => {});
                                             ^^^^^ schedule-missing-at-column`,
      `const timer = table({ scheduled: () => fire }, { id: t.u64().primaryKey(), at: t.timestamp() });
                                 ^^^^^^^^^^ schedule-missing-at-column
const db = schema({ timer });
export default db;
export const fire = db.reducer({ row: timer.rowType }, () => {});`,
    ],
    silent: [
      `import { more } from 'elsewhere';
const timer = table({}, { id: t.u64().primaryKey(), ...more });
const db = schema({ timer });
export default db;
export const fire = db.reducer({ onSchedule: timer }, { row: timer.rowType }, () => {});`,
    ],
  },
  'schedule-primary-key': {
    fires: [
      `const timer = table({}, { id: t.u32().primaryKey(), at: t.scheduleAt() });
                          ^^ schedule-primary-key
const db = schema({ timer });
export default db;
export const fire = db.reducer({ onSchedule: timer }, { row: timer.rowType }, () => {});`,
      `const timer = table({}, { id: t.u64(), at: t.scheduleAt() });
      ^^^^^ schedule-primary-key
const db = schema({ later: timer });
export default db;
export const fire = db.procedure({ row: timer.rowType }, t.unit(), () => ({}));
export const other = db.reducer({ onSchedule: timer }, { row: timer.rowType }, () => {});`,
    ],
    silent: [
      `const timer = table({}, { ${timer} });
const db = schema({ timer });
export default db;
export const fire = db.reducer({ onSchedule: timer }, { row: timer.rowType }, () => {});`,
    ],
  },
  'schedule-procedure-return': {
    fires: [
      `const timer = table({}, { ${timer} });
const db = schema({ timer });
export default db;
export const fire = db.procedure({ onSchedule: timer }, { row: timer.rowType }, t.u8(), () => 1);
                                                                                ^^^^^^ schedule-procedure-return`,
      `const timer = table({ scheduled: (): any => fire }, { ${timer} });
const db = schema({ timer });
export default db;
export const fire = db.procedure({ row: timer.rowType }, t.string(), () => '');
                                                         ^^^^^^^^^^ schedule-procedure-return`,
    ],
    silent: [
      `const timer = table({}, { ${timer} });
const db = schema({ timer });
export default db;
export const fire = db.procedure({ onSchedule: timer }, { row: timer.rowType }, t.unit(), () => ({}));`,
    ],
  },
  'missing-default-export': {
    fires: [
      `const db = schema({ x: table({}, { n: t.u8() }) });
           ^^^^^^ missing-default-export
export const add = db.reducer(() => {});`,
      `import { db } from './db';
export const add = db.reducer(() => {});
// @file src/db.ts
import { schema } from 'spacetimedb/server';
export const db = schema({});
                  ^^^^^^ missing-default-export`,
    ],
    silent: [
      `import { db } from './db';
export default db;
export const add = db.reducer(() => {});
// @file src/db.ts
import { schema } from 'spacetimedb/server';
export const db = schema({});`,
    ],
  },
  'unreachable-from-entry': {
    fires: [
      `export { default } from './db';
// @file src/db.ts
import { schema } from 'spacetimedb/server';
const db = schema({});
export default db;
// @file src/admin.ts
import db from './db';
export const leave = db.reducer(() => {});
             ^^^^^ unreachable-from-entry`,
      `export { default } from './db';
// @file src/db.ts
import * as stdb from 'spacetimedb/server';
export default stdb.schema({});
// @file src/deep/admin.ts
import db from '../db';
export const init = db.init(() => {});
             ^^^^ unreachable-from-entry`,
    ],
    silent: [
      `export { default } from './db';
export * from './admin';
// @file src/db.ts
import { schema } from 'spacetimedb/server';
export default schema({});
// @file src/admin.ts
import db from './db';
export const leave = db.reducer(() => {});`,
    ],
  },
};

export const ruleSpecs: readonly (readonly [rule: string, kind: 'fires' | 'silent', text: string])[] = [
  ...casesOf(specs, head),
  ...casesOf(functionSpecs, withTable),
  ...casesOf(scheduleSpecs, head),
  ...casesOf(mistakeSpecs, head),
];

function casesOf(group: Readonly<Record<string, RuleSpecs>>, before: string) {
  return Object.entries(group).flatMap(([rule, { fires, silent }]) => [
    ...fires.map((text) => [rule, 'fires', before + text] as const),
    ...silent.map((text) => [rule, 'silent', before + text] as const),
  ]);
}
