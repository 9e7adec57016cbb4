/** What the language server reads from text against what the built module says of itself. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ruleSpecs } from '../../language-server/specs/rule-specs.ts';
import { analyzeFiles, readSpec } from '../../language-server/testing/caret-spec.ts';
import type { AlgebraicType } from '../../schema/algebraic-type.ts';
import type { RawModuleDef } from '../../schema/raw-module-def.ts';
import { publishRefusals } from '../../schema/rules/index.ts';
import { describeBundle } from '../../standalone/host/describe.ts';
import { bundleSource, fixtureFolder } from '../support/modules.ts';

const sources: Readonly<Record<string, string>> = {
  chat: fixture('chat'),
  accounts: fixture('accounts'),
  'every kind of declaration': `
import * as stdb from 'spacetimedb/server';
import { table as tbl, t, CaseConversionPolicy } from 'spacetimedb/server';
const stamp = { createdAt: t.timestamp(), by: t.identity().index('hash') };
const keyed = (type) => ({ id: type().primaryKey().autoInc() });
const Suit = t.enum('Suit', ['hearts', 'spades']);
const Shape = t.enum('Shape', { Circle: t.f64(), Rect: t.object('Size', { w: t.u32(), h: t.u32() }), None: t.unit() });
const Tree = t.object('Tree', { left: t.lazy(() => t.option(Tree)), tags: t.array(t.string()) });
const card = tbl(
  { name: 'cards', public: true, indexes: [
    { accessor: 'byOwner', name: 'card_owner', algorithm: 'btree', columns: ['by', 'suit'] },
    { accessor: 'byRank', algorithm: 'direct', column: 'rank' },
  ] },
  { ...keyed(t.u64), ...stamp, suit: Suit, rank: t.u8().unique().default(3), note: t.string().optional(), raw: t.byteArray(), shape: Shape }
);
const ping = tbl({ event: true, public: true }, t.row('PingEvent', { n: t.i128(), r: t.result(t.u8(), t.string()) }));
const forest = tbl({}, { tree: Tree });
const timer = tbl({}, { scheduledId: t.u64().primaryKey().autoInc(), at: t.scheduleAt() });
const legacy = tbl({ scheduled: (): any => tick }, { id: t.u64().primaryKey(), at: t.scheduleAt(), ok: t.bool().default(true) });
const spacetime = stdb.schema({ card, forest, 'ping': ping, timer, legacyTimer: legacy });
export { spacetime as default };
export const draw = spacetime.reducer({ suit: Suit, at: t.option(t.uuid()) }, () => {});
export const named = spacetime.reducer({ name: 'given_name' }, {}, () => {});
export const bare = spacetime.reducer(() => {});
export const fire = spacetime.reducer({ onSchedule: timer }, { arg: timer.rowType }, () => {});
export const tick = spacetime.procedure({ row: legacy.rowType }, t.unit(), () => ({}));
export const sum = spacetime.procedure({ a: t.u32(), b: t.array(Shape) }, t.u64(), () => 1n);
export const mine = spacetime.view({ public: true }, t.array(card.rowType), () => []);
export const best = spacetime.anonymousView({ name: 'the_best', public: true }, t.option(t.row('BestRow', { id: t.u64().primaryKey() })), () => undefined);
const grouped = spacetime.reducer({ n: t.connectionId() }, () => {});
const hello = spacetime.clientConnected(() => {});
export const group = spacetime.exportGroup({ grouped, renamed: hello });
export const rls = spacetime.clientVisibilityFilter.sql('SELECT * FROM cards');
export const health = spacetime.httpHandler(() => { throw new Error('never called'); });
`,
  'names as they are': `
import { schema, table, t, CaseConversionPolicy } from 'spacetimedb/server';
export default schema({ fooBar: table({}, { someColumn: t.u8().unique() }) }, { CASE_CONVERSION_POLICY: CaseConversionPolicy.None });
`,
};

function fixture(name: 'chat' | 'accounts'): string {
  return readFileSync(path.join(fixtureFolder(name), 'spacetimedb/src/index.ts'), 'utf8');
}

/** Types by name instead of by position, since functions register in another order than they stand in the text. */
function comparable(raw: RawModuleDef): unknown {
  const names = new Map(raw.types.map(({ ref, scope, sourceName }) => [ref, [...scope, sourceName].join('.')]));
  const plain = (type: AlgebraicType): unknown => {
    switch (type.tag) {
      case 'Ref':
        return names.get(type.ref) ?? `unknown ${type.ref}`;
      case 'Array':
        return [plain(type.element)];
      case 'Product':
        return type.elements.map(({ name, type: of }) => [name, plain(of)]);
      case 'Sum':
        return { sum: type.variants.map(({ name, type: of }) => [name, plain(of)]) };
      default:
        return type.tag;
    }
  };
  const params = (list: RawModuleDef['reducers'][number]['params']) =>
    list.map(({ name, type }) => [name, plain(type)]);
  const sorted = <T>(list: readonly T[], key: (item: T) => string): T[] =>
    [...list].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return {
    types: Object.fromEntries(
      raw.types.map(({ ref }) => [names.get(ref), plain(raw.typespace[ref] ?? { tag: 'Bool' })]),
    ),
    tables: raw.tables.map(({ productTypeRef, ...table }) => ({ ...table, row: names.get(productTypeRef) })),
    reducers: sorted(raw.reducers, (def) => def.sourceName).map((def) => ({ ...def, params: params(def.params) })),
    procedures: sorted(raw.procedures, (def) => def.sourceName).map((def) => ({
      ...def,
      params: params(def.params),
      returnType: plain(def.returnType),
    })),
    views: sorted(raw.views, (def) => def.sourceName).map((def) => ({ ...def, returnType: plain(def.returnType) })),
    viewPrimaryKeys: sorted(raw.viewPrimaryKeys, (key) => key.viewSourceName),
    schedules: sorted(raw.schedules, (def) => def.tableName),
    lifecycle: sorted(raw.lifecycleReducers, (def) => def.functionName),
    handlers: raw.httpHandlers,
    rls: raw.rowLevelSecurity,
    explicitNames: Object.values(raw.explicitNames).map((map: Map<string, string>) => Object.fromEntries(map)),
    policy: raw.caseConversionPolicy,
  };
}

describe.each(Object.keys(sources))('%s', (name) => {
  test('text and built module describe the same', async () => {
    const text = sources[name] ?? '';
    const described = await describeBundle(await bundleSource(text));
    if (!described.ok) throw new Error(described.message);
    const { raw } = analyzeFiles(new Map([['src/index.ts', text]])).extraction;
    expect(comparable(raw)).toEqual(comparable(described.value));
    expect(publishRefusals(described.value)).toEqual([]);
    expect(publishRefusals(raw)).toEqual([]);
  });
});

const singleFileSpecs = ruleSpecs.flatMap(([rule, kind, spec]) => {
  const { files } = readSpec(spec);
  const text = files.size === 1 ? files.get('src/index.ts') : undefined;
  // What is imported from elsewhere cannot be built here.
  return text === undefined || text.includes("'elsewhere'") ? [] : [{ rule, kind, text }];
});

test('text and built module are refused for the same reasons', { timeout: 120_000 }, async () => {
  const reasons = (raw: RawModuleDef): string[] => [...new Set(publishRefusals(raw).map(({ rule }) => rule))].sort();
  let compared = 0;
  for (const { rule, kind, text } of singleFileSpecs) {
    const bundle = await bundleSource(text).catch(() => undefined);
    const described = bundle === undefined ? undefined : await describeBundle(bundle);
    // Some mistakes already stop the module from loading; they have no description to compare with.
    if (!described?.ok) continue;
    const { sourceFacts: _, ...raw } = analyzeFiles(new Map([['src/index.ts', text]])).extraction.raw;
    expect({ rule, kind, reasons: reasons(raw) }).toEqual({ rule, kind, reasons: reasons(described.value) });
    compared++;
  }
  expect(compared).toBeGreaterThan(60);
});
