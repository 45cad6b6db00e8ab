// BLAKE2b (RFC 7693) without a key: Python makes the ids of clusters with it.
//
// A word of 64 bits is two of 32: its low half at 2i, its high half at 2i + 1.

const IV = Uint32Array.of(
  0xf3bcc908, 0x6a09e667, 0x84caa73b, 0xbb67ae85, 0xfe94f82b, 0x3c6ef372, 0x5f1d36f1, 0xa54ff53a,
  0xade682d1, 0x510e527f, 0x2b3e6c1f, 0x9b05688c, 0xfb41bd6b, 0x1f83d9ab, 0x137e2179, 0x5be0cd19,
);

const SIGMA: readonly (readonly number[])[] = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
  [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
  [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
  [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
  [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

/** Words that are mixed: four columns, then four diagonals. */
const MIXED: readonly (readonly number[])[] = [
  [0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15],
  [0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14],
];

const BLOCK = 128; // bytes
const ROUNDS = 12;

const v = new Uint32Array(32);
const m = new Uint32Array(32);

function add(a: number, low: number, high: number): void {
  const sum = v[2 * a] + low;
  v[2 * a] = sum;
  v[2 * a + 1] += high + Number(sum > 0xffffffff);
}

/** Replace one word by itself xor another, rotated to the right. */
function turn(a: number, b: number, by: 16 | 24 | 32 | 63): void {
  const low = v[2 * a] ^ v[2 * b];
  const high = v[2 * a + 1] ^ v[2 * b + 1];
  if (by === 32) {
    v[2 * a] = high;
    v[2 * a + 1] = low;
  } else if (by === 63) {
    v[2 * a] = (low << 1) | (high >>> 31);
    v[2 * a + 1] = (high << 1) | (low >>> 31);
  } else {
    v[2 * a] = (low >>> by) | (high << (32 - by));
    v[2 * a + 1] = (high >>> by) | (low << (32 - by));
  }
}

function compress(h: Uint32Array, bytes: number, isLast: boolean): void {
  v.set(h);
  v.set(IV, 16);
  v[24] ^= bytes;
  if (isLast) {
    v[28] = ~v[28];
    v[29] = ~v[29];
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    const order = SIGMA[round % 10];
    MIXED.forEach(([a, b, c, d], at) => {
      const [x, y] = [order[2 * at], order[2 * at + 1]];
      add(a, v[2 * b], v[2 * b + 1]);
      add(a, m[2 * x], m[2 * x + 1]);
      turn(d, a, 32);
      add(c, v[2 * d], v[2 * d + 1]);
      turn(b, c, 24);
      add(a, v[2 * b], v[2 * b + 1]);
      add(a, m[2 * y], m[2 * y + 1]);
      turn(d, a, 16);
      add(c, v[2 * d], v[2 * d + 1]);
      turn(b, c, 63);
    });
  }
  for (let at = 0; at < 16; at += 1) h[at] ^= v[at] ^ v[at + 16];
}

/** Hash a text of fewer than 2^32 bytes: so many bytes of the result, as hexadecimal digits. */
export function blake2b(text: string, size: number): string {
  const input = new TextEncoder().encode(text);
  const h = IV.slice();
  h[0] ^= 0x01010000 ^ size;
  const padded = new Uint8Array(Math.max(1, Math.ceil(input.length / BLOCK)) * BLOCK);
  padded.set(input);
  const data = new DataView(padded.buffer);
  for (let begin = 0; begin < padded.length; begin += BLOCK) {
    for (let at = 0; at < 32; at += 1) m[at] = data.getUint32(begin + 4 * at, true);
    const isLast = begin + BLOCK === padded.length;
    compress(h, isLast ? input.length : begin + BLOCK, isLast);
  }
  const bytes = new DataView(new ArrayBuffer(64));
  h.forEach((word, at) => bytes.setUint32(4 * at, word, true));
  return Array.from({ length: size }, (_, at) => bytes.getUint8(at).toString(16).padStart(2, "0")).join("");
}
