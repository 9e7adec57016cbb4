/**
 * Auto-increment. Values are handed out from blocks; the end of the current block is what a restart continues from,
 * so a value is never given twice although values used by a rolled-back transaction are lost.
 * Source: reference "module host" 5.6.
 */
import { type AlgebraicType, integerRange } from '../../../schema/algebraic-type.ts';
import type { Sequence as SequenceDef } from '../../../schema/module-def.ts';

const sequenceBlock = 4096n;

export interface SequenceState {
  readonly column: number;
  readonly def: SequenceDef;
  next: bigint;
  /** First value that is not covered by a logged mark; equal to `next` until the first value is taken. */
  allocated: bigint;
}

export const newSequence = (def: SequenceDef): SequenceState => ({
  column: def.column,
  def,
  next: def.start,
  allocated: def.start,
});

/** Takes the next value; `onMark` is told when the logged mark has to move. */
export function takeValue(sequence: SequenceState, onMark: () => void): bigint {
  const { def } = sequence;
  const forward = def.increment > 0n;
  if (forward ? sequence.next > def.max : sequence.next < def.min) {
    sequence.next = forward ? def.min : def.max;
    sequence.allocated = sequence.next;
  }
  const value = sequence.next;
  sequence.next += def.increment;
  if (forward ? value >= sequence.allocated : value <= sequence.allocated) {
    sequence.allocated = value + sequenceBlock * def.increment;
    onMark();
  }
  return value;
}

/** Continues from a mark found in the log. */
export function resumeSequence(sequence: SequenceState, allocated: bigint): void {
  sequence.allocated = allocated;
  sequence.next = allocated;
}

/** Size in bytes of an integer column. */
export const integerSize = (type: AlgebraicType): number => (integerRange(type) ? Number(type.tag.slice(1)) / 8 : 0);

export function isZero(bytes: Buffer, offset: number, size: number): boolean {
  for (let i = offset; i < offset + size; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** Writes the low bytes of a value, truncated to the column's width. */
export function writeInteger(bytes: Buffer, offset: number, size: number, value: bigint): void {
  let rest = BigInt.asUintN(size * 8, value);
  for (let i = offset; i < offset + size; i++) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
}
