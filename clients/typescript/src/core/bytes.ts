/** Hashes of small texts, synchronous: WebCrypto is not, and React Native lacks it. */

export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** SHA-1 (FIPS 180-4): 20 bytes. For UUIDv5 only. */
export function sha1(message: Uint8Array): Uint8Array {
  const h = new Uint32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]);
  const w = new Uint32Array(80);
  eachBlock(message, (block) => {
    for (let i = 0; i < 16; i++) w[i] = block.getUint32(i * 4);
    for (let i = 16; i < 80; i++) {
      w[i] = rotate(w[i - 3]! ^ w[i - 8]! ^ w[i - 14]! ^ w[i - 16]!, 31);
    }
    let [a, b, c, d, e] = h as unknown as [number, number, number, number, number];
    for (let i = 0; i < 80; i++) {
      const f = i < 20 ? (b & c) | (~b & d) : i >= 40 && i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
      const k = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6][Math.floor(i / 20)]!;
      const next = (rotate(a, 27) + f + e + k + w[i]!) | 0;
      [e, d, c, b, a] = [d, c, rotate(b, 2), a, next];
    }
    [a, b, c, d, e].forEach((value, i) => (h[i]! += value));
  });
  return bigEndian(h);
}

/** SHA-256 (FIPS 180-4): 32 bytes. */
export function sha256(message: Uint8Array): Uint8Array {
  const { k, initial } = constants();
  const h = initial.slice();
  const w = new Uint32Array(64);
  const s = new Uint32Array(8);
  eachBlock(message, (block) => {
    for (let i = 0; i < 16; i++) w[i] = block.getUint32(i * 4);
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15]!;
      const y = w[i - 2]!;
      w[i] =
        w[i - 16]! + w[i - 7]! +
        (rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3)) + (rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10));
    }
    s.set(h);
    for (let i = 0; i < 64; i++) {
      const [a, b, c, , e, f, g] = s as unknown as number[];
      const t1 =
        s[7]! + (rotate(e!, 6) ^ rotate(e!, 11) ^ rotate(e!, 25)) + ((e! & f!) ^ (~e! & g!)) + k[i]! + w[i]!;
      const t2 =
        (rotate(a!, 2) ^ rotate(a!, 13) ^ rotate(a!, 22)) + ((a! & b!) ^ (a! & c!) ^ (b! & c!));
      s.copyWithin(1, 0, 7);
      s[4]! += t1;
      s[0] = t1 + t2;
    }
    for (let i = 0; i < 8; i++) h[i]! += s[i]!;
  });
  return bigEndian(h);
}

const rotate = (value: number, bits: number): number => (value >>> bits) | (value << (32 - bits));

let cached: { k: Uint32Array; initial: Uint32Array } | undefined;

/** Fractions of the cube and square roots of the first primes. */
function constants(): { k: Uint32Array; initial: Uint32Array } {
  if (cached) return cached;
  const primes: number[] = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
  const fraction = (root: number): number => (root - Math.floor(root)) * 2 ** 32;
  cached = {
    k: Uint32Array.from(primes, (p) => fraction(Math.cbrt(p))),
    initial: Uint32Array.from(primes.slice(0, 8), (p) => fraction(Math.sqrt(p))),
  };
  return cached;
}

function eachBlock(message: Uint8Array, use: (block: DataView) => void): void {
  const padded = new Uint8Array((message.length + 72) & ~63);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(message.length / 2 ** 29));
  view.setUint32(padded.length - 4, message.length * 8);
  for (let at = 0; at < padded.length; at += 64) use(new DataView(padded.buffer, at, 64));
}

function bigEndian(words: Uint32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(words.length * 4));
  words.forEach((word, i) => view.setUint32(i * 4, word));
  return new Uint8Array(view.buffer);
}
