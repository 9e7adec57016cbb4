import { expect, test } from 'vitest';
import { parseSamples } from './prometheus.ts';

test('samples with and without labels, timestamps, escapes and infinity', () => {
  const text = `# HELP a_total Things.
# TYPE a_total counter
a_total 3
a_total{db="x",q="say \\"hi\\", {ok}\\n"} 1e3 1700000000000
b_bucket{le="+Inf",} +Inf
not a sample
`;
  expect(parseSamples(text)).toEqual([
    { name: 'a_total', labels: {}, value: 3 },
    { name: 'a_total', labels: { db: 'x', q: 'say "hi", {ok}\n' }, value: 1000 },
    { name: 'b_bucket', labels: { le: '+Inf' }, value: Number.POSITIVE_INFINITY },
  ]);
});

test('names that nobody wants are not read', () => {
  expect(parseSamples('a 1\nb{x="1"} 2', (name) => name === 'b').map((s) => s.value)).toEqual([2]);
});
