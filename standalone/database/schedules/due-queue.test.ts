import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DueQueue } from './due-queue.ts';

it('gives entries in the order of their times, whatever came and went before', () => {
  const step = fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constant('pop' as const));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = new DueQueue();
      const model: number[] = [];
      for (const what of steps) {
        if (what === 'pop') {
          expect(queue.pop()?.at).toBe(model.shift());
        } else {
          queue.push({ at: what });
          model.push(what);
          model.sort((a, b) => a - b);
        }
        expect(queue.first?.at).toBe(model[0]);
        expect(queue.size).toBe(model.length);
      }
    }),
  );
});
