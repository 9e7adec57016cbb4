import { duplicates, type ModuleRule, quoted } from './input.ts';

export const httpHandlerNameDuplicate: ModuleRule = {
  id: 'http-handler-name-duplicate',
  severity: 'error',
  check({ raw, naming }, report) {
    const handlers = raw.httpHandlers.map(({ sourceName }, i) => ({ sourceName, at: ['httpHandlers', i, 'name'] }));
    for (const { first, later } of duplicates(handlers, (handler) => naming.function(handler.sourceName))) {
      report({
        at: later.at,
        message: `The HTTP handlers ${quoted(first.sourceName)} and ${quoted(later.sourceName)} are both called ${quoted(naming.function(later.sourceName))} in the database. Rename one.`,
        related: [{ at: first.at, message: `${quoted(first.sourceName)} has the name already` }],
      });
    }
  },
};
