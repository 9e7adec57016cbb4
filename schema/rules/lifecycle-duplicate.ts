import type { Lifecycle } from '../raw-module-def.ts';
import { duplicates, type ModuleRule, quoted } from './input.ts';

const events: Readonly<Record<Lifecycle, string>> = {
  Init: 'the first publish (init)',
  OnConnect: 'a connecting client (clientConnected)',
  OnDisconnect: 'a disconnecting client (clientDisconnected)',
};

export const lifecycleDuplicate: ModuleRule = {
  id: 'lifecycle-duplicate',
  severity: 'error',
  check({ raw }, report) {
    const hooks = raw.lifecycleReducers.map((hook, i) => ({ ...hook, at: ['lifecycleReducers', i] }));
    for (const { first, later } of duplicates(hooks, (hook) => hook.lifecycle)) {
      report({
        at: later.at,
        message: `Both ${quoted(first.functionName)} and ${quoted(later.functionName)} handle ${events[later.lifecycle]}, but a module has one handler for it. Join them into one.`,
        related: [{ at: first.at, message: `${quoted(first.functionName)} handles it already` }],
      });
    }
  },
};
