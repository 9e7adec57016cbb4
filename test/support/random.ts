/** Random numbers that can be had again: a long test prints its seed. */
export interface Random {
  /** From 0 up to, not including, `below`. */
  integer(below: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(values: readonly T[]): T;
}

export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  // Mulberry32: good enough to choose cases, and four lines long.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (below: number): number => Math.floor(next() * below);
  return {
    integer,
    chance: (probability) => next() < probability,
    pick: <T>(values: readonly T[]): T => values[integer(values.length)] as T,
  };
}

/** A copy with a few bytes changed, cut, doubled or put in. Never equal to the original by intention only. */
export function mutated(bytes: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  let result = Buffer.from(bytes);
  for (let times = 1 + random.integer(3); times > 0; times--) {
    const at = random.integer(result.length + 1);
    switch (random.integer(6)) {
      case 0:
        result = result.subarray(0, at);
        break;
      case 1:
        result = Buffer.concat([result.subarray(0, at), Buffer.from([random.integer(256)]), result.subarray(at)]);
        break;
      case 2:
        result = Buffer.concat([result, result.subarray(at)]);
        break;
      case 3:
        if (at + 4 <= result.length) result.writeUInt32LE(random.pick([0, 1, 0x7fffffff, 0xffffffff, 0x10000]), at);
        break;
      default:
        if (at < result.length) result[at] = (result[at] as number) ^ (1 << random.integer(8));
    }
  }
  return new Uint8Array(result);
}
