const integers = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `1204` → `1,204`. */
export function formatCount(count: number): string {
  return integers.format(count);
}

/** `formatQuantity(1, 'row')` → `1 row`; `formatQuantity(1204, 'row')` → `1,204 rows`. */
export function formatQuantity(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `37 of 1,204 rows` while something is filtered out, else `1,204 rows`. */
export function formatMatching(matching: number, total: number, noun = 'row'): string {
  return matching === total
    ? formatQuantity(total, noun)
    : `${formatCount(matching)} of ${formatQuantity(total, noun)}`;
}

function threeDigits(value: number): string {
  const digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return value.toFixed(digits);
}

/**
 * A duration with three significant digits in the unit that fits: `850 µs`, `4.20 ms`, `1.30 s`.
 * Undefined (no measurement) becomes an en dash.
 */
export function formatDuration(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return '–';
  if (milliseconds === 0) return '0 ms';
  if (milliseconds < 0.9995) return `${threeDigits(milliseconds * 1000)} µs`;
  if (milliseconds < 999.5) return `${threeDigits(milliseconds)} ms`;
  return `${threeDigits(milliseconds / 1000)} s`;
}

/** Upper bound of a histogram bucket, without trailing zeros: `10 µs`, `2.5 ms`, `1 s`. */
export function formatBound(milliseconds: number): string {
  if (milliseconds < 1) return `${trimmed(milliseconds * 1000)} µs`;
  if (milliseconds < 1000) return `${trimmed(milliseconds)} ms`;
  return `${trimmed(milliseconds / 1000)} s`;
}

function trimmed(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** Share of `part` in `whole`: `0%`, `<0.1%`, `2.5%`, `40%`. */
export function formatShare(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0%';
  const percent = (part / whole) * 100;
  if (percent < 0.1) return '<0.1%';
  return `${percent < 10 ? Number(percent.toFixed(1)) : Math.round(percent)}%`;
}

/** Calls per second: `0/s`, `0.4/s`, `12/s`, `1,250/s`. */
export function formatRate(perSecond: number): string {
  return `${perSecond > 0 && perSecond < 10 ? Number(perSecond.toFixed(1)) : formatCount(perSecond)}/s`;
}

/** Time of day of a moment (milliseconds since the Unix epoch) in the person's zone: `14:03:22`. */
export function formatClock(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB');
}
