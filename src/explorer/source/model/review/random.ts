// Numbers drawn at random as numpy draws them: the same seed gives the same numbers in Python.
//
// `numpy.random.default_rng(seed)` is PCG64, begun by what SeedSequence makes of the seed.
//
// M. E. O'Neill: PCG: a family of simple fast space-efficient statistically good algorithms for random
// number generation. Harvey Mudd College, HMC-CS-2014-0905, 2014.

const WORD = 2 ** 32;
const POOL = 4;
const LIMBS = 8;
/** Of the generator, in parts of 16 bits, the lowest first. */
const MULTIPLIER = Float64Array.of(0xf645, 0x9fcc, 0xdf64, 0x4385, 0x5da4, 0x1fc6, 0xed05, 0x2360);

/** Split whole numbers into words of 32 bits, the lowest first; 0 has one word. */
function wordsOf(seeds: readonly number[]): number[] {
  return seeds.flatMap((seed) => {
    const words = [seed % WORD];
    for (let left = Math.floor(seed / WORD); left > 0; left = Math.floor(left / WORD)) words.push(left % WORD);
    return words;
  });
}

/** A hash whose constant changes with each word. */
class Hash {
  constructor(
    private constant: number,
    private readonly factor: number,
  ) {}

  of(word: number): number {
    let value = word ^ this.constant;
    this.constant = Math.imul(this.constant, this.factor) >>> 0;
    value = Math.imul(value, this.constant);
    return (value ^ (value >>> 16)) >>> 0;
  }
}

function mixed(x: number, y: number): number {
  const value = (Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y)) | 0;
  return (value ^ (value >>> 16)) >>> 0;
}

/** Make eight words of the seeds, as SeedSequence does. */
function stateOf(seeds: readonly number[]): number[] {
  const entropy = wordsOf(seeds);
  const hash = new Hash(0x43b0d7e5, 0x931e8875);
  const pool = Array.from({ length: POOL }, (_, at) => hash.of(entropy[at] ?? 0));
  for (let from = 0; from < POOL; from += 1) {
    for (let to = 0; to < POOL; to += 1) {
      if (from !== to) pool[to] = mixed(pool[to], hash.of(pool[from]));
    }
  }
  for (const word of entropy.slice(POOL)) {
    for (let to = 0; to < POOL; to += 1) pool[to] = mixed(pool[to], hash.of(word));
  }
  const out = new Hash(0x8b51f9dd, 0x58f38ded);
  return Array.from({ length: 2 * POOL }, (_, at) => out.of(pool[at % POOL]));
}

/** A stream of numbers, begun by whole numbers from 0 to 2**53. */
export class Random {
  /** Parts of 16 bits, the lowest first. */
  private readonly state = new Float64Array(LIMBS);
  private readonly before = new Float64Array(LIMBS);
  private readonly increment: Float64Array;
  private low = 0;
  private high = 0;
  /** Whether the higher half of the last number was not used yet. */
  private hasHalf = false;

  constructor(...seeds: number[]) {
    const words = stateOf(seeds);
    // Each two words are a number of 64 bits, of which the first two are the higher half of 128.
    const [first, second] = [[2, 3, 0, 1], [6, 7, 4, 5]].map((order) =>
      order.flatMap((at) => [words[at] & 0xffff, words[at] >>> 16]),
    );
    this.increment = Float64Array.from(second, (limb, at) => {
      const below = at === 0 ? 1 : second[at - 1] >>> 15;
      return ((limb << 1) & 0xffff) | below;
    });
    let carry = 0;
    for (let at = 0; at < LIMBS; at += 1) {
      const sum = first[at] + this.increment[at] + carry;
      this.state[at] = sum & 0xffff;
      carry = sum >>> 16;
    }
    this.step();
  }

  /** Multiply the state, and add the increment, in 128 bits. */
  private step(): void {
    const { state, increment, before } = this;
    before.set(state);
    let carry = 0;
    for (let at = 0; at < LIMBS; at += 1) {
      let sum = carry + increment[at];
      for (let part = 0; part <= at; part += 1) sum += before[part] * MULTIPLIER[at - part];
      carry = Math.floor(sum / 0x10000);
      state[at] = sum - carry * 0x10000;
    }
  }

  /** Make the next 64 bits: the halves of the state combined, and turned by its highest bits. */
  private draw(): void {
    this.step();
    const { state } = this;
    const turn = state[7] >>> 10;
    const one = (state[0] ^ state[4]) | ((state[1] ^ state[5]) << 16);
    const other = (state[2] ^ state[6]) | ((state[3] ^ state[7]) << 16);
    const low = turn < 32 ? one : other;
    const high = turn < 32 ? other : one;
    const by = turn & 31;
    this.low = (by === 0 ? low : (low >>> by) | (high << (32 - by))) >>> 0;
    this.high = (by === 0 ? high : (high >>> by) | (low << (32 - by))) >>> 0;
  }

  private word(): number {
    this.hasHalf = !this.hasHalf;
    if (!this.hasHalf) return this.high;
    this.draw();
    return this.low;
  }

  /** A number in [0, 1); not to be mixed with permutations, which use halves of what is drawn. */
  next(): number {
    this.draw();
    return (this.high * 0x200000 + (this.low >>> 11)) / 2 ** 53;
  }

  /** A whole number from 0 to another one, inclusive, which is less than 2**32. */
  private upTo(most: number): number {
    // As many bits as the greatest number has: what is greater is drawn again.
    const mask = 0xffffffff >>> Math.clz32(most);
    let value = (this.word() & mask) >>> 0;
    while (value > most) value = (this.word() & mask) >>> 0;
    return value;
  }

  /** The numbers from 0 to `n - 1` in a random order. */
  permutation(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, at) => at);
    for (let at = n - 1; at > 0; at -= 1) {
      const other = this.upTo(at);
      const moved = order[at];
      order[at] = order[other];
      order[other] = moved;
    }
    return order;
  }
}
