/** First publish, republish and what a republish would do. Source: reference "module host" 6.1, 6.4 and 6.5. */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { formatMigrationPlan, type MigrationPlan, planMigration } from '../../schema/migration.ts';
import type { ModuleDef } from '../../schema/module-def.ts';
import type { RawModuleDef } from '../../schema/raw-module-def.ts';
import { decodeRawModuleDef } from '../../schema/raw-module-def-codec.ts';
import { resolveModuleDef } from '../../schema/resolve.ts';
import { publishRefusals } from '../../schema/rules/index.ts';
import { loadModule } from '../host/instance.ts';
import type { CallContext } from '../host/syscalls/call-context.ts';
import { jwtPayload } from './clients.ts';
import type { DatabaseCore, Program } from './core.ts';
import type { Catalog } from './datastore/catalog.ts';
import { applyCatalogChange, type CatalogChange } from './datastore/catalog-change.ts';
import { setModule } from './datastore/schema-tables.ts';
import type { PrePublishOutcome, Refusal, RequestArgs } from './messages.ts';
import { planCatalogChange } from './plan-catalog-change.ts';
import { ruleProblem } from './query/access.ts';
import { beginCall, fatalErrorText, invoke, lifecycleReducer, type RunningCall } from './reducers.ts';
import { refusal } from './refusal.ts';
import { unsupportedParts } from './unsupported.ts';

/** Status of a program that is no valid module, and of one whose update is not possible. */
const invalidProgram = 500;
const impossibleUpdate = 400;

const programHash = (bytes: Uint8Array): string => Buffer.from(keccak_256(bytes)).toString('hex');

/** Loads a program and checks what it says about itself. `scheduleImmediate` queues a call that module code asks for. */
export async function loadProgram(
  core: DatabaseCore,
  bytes: Uint8Array,
  scheduleImmediate: CallContext['scheduleImmediate'],
): Promise<{ ok: true; program: Program } | Refusal> {
  const context: CallContext = {
    catalog: undefined,
    transaction: undefined,
    databaseIdentity: core.identity,
    functionName: undefined,
    fault: undefined,
    jwtPayload: (connection) => jwtPayload(core.catalog, connection),
    log: (line) => core.moduleLog.module(line, context.functionName),
    scheduleImmediate,
  };
  const loaded = await loadModule(new TextDecoder().decode(bytes), context);
  if (!loaded.ok) return refusal(invalidProgram, loaded.message);
  const definition = decodeRawModuleDef(loaded.value.definition);
  if (!definition.ok) return refusal(invalidProgram, `The module's definition cannot be read: ${definition.message}`);
  const errors = publishRefusals(definition.value);
  if (errors.length > 0) return refusal(invalidProgram, errorList(errors.map((problem) => problem.message)));
  const hash = programHash(bytes);
  return { ok: true, program: { bytes, hash, definition: definition.value, instance: loaded.value } };
}

/** Errors as the real server lists them: sorted, each once. */
const errorList = (messages: readonly string[]): string =>
  `Errors occurred:\n${[...new Set(messages)].sort().join('\n\n')}\n`;

/** Keccak-256 over three hex texts: who has seen this plan for this change may carry it out. Reference "protocol" 1.4. */
function migrationToken(core: DatabaseCore, current: Program, next: Program): string {
  const text = core.options.databaseIdentity + current.hash + next.hash;
  return `0x${programHash(new TextEncoder().encode(text)).replace(/^0+(?=.)/, '')}`;
}

function sameToken(given: string | undefined, expected: string): boolean {
  const digits = (token: string): string =>
    token
      .toLowerCase()
      .replace(/^0x/, '')
      .replace(/^0+(?=.)/, '');
  return given !== undefined && digits(given) === digits(expected);
}

/** What publishing `next` would do. */
export function prePublish(core: DatabaseCore, next: Program): PrePublishOutcome | Refusal {
  const current = core.program;
  if (!current) return refusal(404, 'The database has no program yet.');
  const plan = planMigration(core.catalog.module, resolveModuleDef(next.definition));
  if (plan.refusals.length > 0) return { ok: true, kind: 'ManualMigrate', reason: errorList(plan.refusals) };
  return {
    ok: true,
    kind: 'AutoMigrate',
    plan: formatMigrationPlan(plan),
    breaksClients: plan.breaksClients,
    token: migrationToken(core, current, next),
  };
}

export type PublishOutcome = { ok: true; op: 'created' | 'updated'; offset: bigint; dropClients: boolean } | Refusal;

type PublishOptions = Pick<RequestArgs<'publish'>, 'clear' | 'policy' | 'migrationToken'>;

/** What a publish is about to do, decided before anything is changed. */
export type PreparedPublish =
  | { kind: 'create'; next: Program; call: RunningCall; change: CatalogChange; catalog: Catalog }
  | { kind: 'update'; next: Program; change: CatalogChange; catalog: Catalog; plan: MigrationPlan }
  | { kind: 'reload'; next: Program };

/** Plans a publish and builds the catalog that would follow. The database stays as it is. */
export function preparePublish(
  core: DatabaseCore,
  next: Program,
  options: PublishOptions,
): { ok: true; prepared: PreparedPublish } | Refusal {
  const current = core.program;
  const module = resolveModuleDef(next.definition);
  if (!current || options.clear) return prepareCreation(core, next, module);
  if (current.hash === next.hash) return { ok: true, prepared: { kind: 'reload', next } };
  const plan = planMigration(core.catalog.module, module);
  if (plan.refusals.length > 0) {
    return refusal(impossibleUpdate, `Database update rejected: ${errorList(plan.refusals)}`);
  }
  const forbidden = policyRefusal(core, current, next, plan, options);
  return forbidden ?? prepareUpdate(core, next, module, plan);
}

const failedUpdate = (reason: string): Refusal =>
  refusal(impossibleUpdate, `Failed to create or update the database: ${reason}`);

function policyRefusal(
  core: DatabaseCore,
  current: Program,
  next: Program,
  plan: MigrationPlan,
  { policy, migrationToken: token }: PublishOptions,
): Refusal | undefined {
  if (policy === 'Compatible') {
    return plan.breaksClients
      ? failedUpdate('Migration plan contains a client-breaking change which is disallowed under current policy')
      : undefined;
  }
  if (sameToken(token, migrationToken(core, current, next))) return undefined;
  return refusal(impossibleUpdate, 'Token provided is invalid or does not match expected hash');
}

function prepareUpdate(
  core: DatabaseCore,
  next: Program,
  module: ModuleDef,
  plan: MigrationPlan,
): { ok: true; prepared: PreparedPublish } | Refusal {
  const change = planCatalogChange(core.catalog, next.definition, module, plan, core.nextTableId);
  if (!change.ok) return failedUpdate(change.message);
  const catalog = applyCatalogChange(core.catalog, change.value);
  if (!catalog.ok) return failedUpdate(catalog.message);
  const problem = ruleProblem(catalog.value);
  if (problem !== undefined) return failedUpdate(problem);
  return { ok: true, prepared: { kind: 'update', next, change: change.value, catalog: catalog.value, plan } };
}

function prepareCreation(
  core: DatabaseCore,
  next: Program,
  module: ModuleDef,
): { ok: true; prepared: PreparedPublish } | Refusal {
  const change = creation(core, next.definition, module);
  const catalog = applyCatalogChange(core.catalog, change);
  if (!catalog.ok) return refusal(invalidProgram, catalog.message);
  const problem = ruleProblem(catalog.value);
  if (problem !== undefined) return refusal(invalidProgram, problem);
  const call = beginCall(core, next, catalog.value);
  return { ok: true, prepared: { kind: 'create', next, call, change, catalog: catalog.value } };
}

const creation = (core: DatabaseCore, definition: RawModuleDef, module: ModuleDef): CatalogChange => ({
  definition,
  reset: true,
  tables: module.tables.map(({ name }, i) => ({ name, id: core.nextTableId + i, from: undefined, suffix: '' })),
});

/** Carries out a prepared publish. Runs `init` for a new database; when that fails, nothing has happened. */
export function carryOut(core: DatabaseCore, prepared: PreparedPublish): PublishOutcome {
  const { next } = prepared;
  if (prepared.kind === 'reload') {
    install(core, next, core.catalog);
    return { ok: true, op: 'updated', offset: core.offset, dropClients: false };
  }
  if (prepared.kind === 'create') return create(core, prepared);
  const { change, catalog, plan } = prepared;
  const transaction = core.begin();
  logSteps(core, plan);
  install(core, next, catalog);
  const { offset } = core.commit(transaction, {
    type: 'Update',
    reducer: '',
    timestamp: BigInt(Date.now()) * 1000n,
    programChange: { program: next.bytes, catalog: change },
  });
  core.moduleLog.host('Info', 'Database updated');
  return { ok: true, op: 'updated', offset, dropClients: plan.breaksClients };
}

function create(core: DatabaseCore, prepared: Extract<PreparedPublish, { kind: 'create' }>): PublishOutcome {
  const { next, call, change, catalog } = prepared;
  const init = lifecycleReducer(catalog, 'Init');
  if (init) {
    const sender = { identity: BigInt(`0x${core.options.ownerIdentity}`), connection: 0n };
    const result = invoke(call, init, sender, new Uint8Array());
    if (result.outcome !== 'returned') {
      // The new tables go with the catalog that is not installed; only shared state would need undoing.
      const why = result.outcome === 'refused' ? result.message : `${fatalErrorText}\n${result.report}`;
      return refusal(invalidProgram, `The init reducer failed, so nothing was published: ${why}`);
    }
  }
  core.views.clear();
  for (const { def } of catalog.tables.values()) {
    if (def.position >= 0) core.moduleLog.host('Info', `Creating table \`${def.name}\``);
  }
  install(core, next, catalog);
  const { offset } = core.commit(call.transaction, {
    type: 'Internal',
    reducer: init?.name ?? '',
    timestamp: call.timestamp,
    programChange: { program: next.bytes, catalog: change },
  });
  return { ok: true, op: 'created', offset, dropClients: true };
}

/** Makes a program the one that runs. */
export function install(core: DatabaseCore, program: Program, catalog: Catalog): void {
  const updated = core.program !== undefined;
  core.program = program;
  core.catalog = catalog;
  for (const id of catalog.tables.keys()) core.nextTableId = Math.max(core.nextTableId, id + 1);
  program.instance.context.catalog = catalog;
  setModule(catalog, program, { database: core.identity, owner: BigInt(`0x${core.options.ownerIdentity}`) });
  if (updated) core.moduleLog.host('Info', `Updated program to ${program.hash}`);
  for (const part of unsupportedParts(catalog.module, program.definition)) core.moduleLog.host('Warn', part);
}

function logSteps(core: DatabaseCore, plan: MigrationPlan): void {
  for (const step of plan.steps) {
    if (step.kind === 'addTable') core.moduleLog.host('Info', `Creating table \`${step.table.name}\``);
    if (step.kind === 'removeTable') core.moduleLog.host('Info', `Dropping table \`${step.table.name}\``);
  }
}
