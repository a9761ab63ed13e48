// A bundle that unpacks itself. Wires and notebooks compress nothing and carry text only, so it is
// kept deflated and in base 92, and imported by the same way (a blob's address) by which anywidget
// loads it.
import { promisify } from "node:util";
import zopfli from "@gfx/zopfli";
import { minify } from "terser";

/** The digits are the signs from " " on, but for two that would have to be escaped and HTML's "<". */
const FIRST = 32;
const [QUOTE, TAG, BACKSLASH] = [34, 60, 92];
const BASE = 92;
/**
 * Allowed, since these bundles do not look into a function's text, call an arrow with `new`, or read
 * a property for its effect alone.
 */
const SAFE_HERE = { unsafe: true, unsafe_arrows: true, unsafe_methods: true, pure_getters: true };
/** Two digits hold 13 bits, and one more where the 13 are a number below this. */
const SPARE = BASE ** 2 - 2 ** 13;

/** The bytes as digits, from the lowest bit of the first one on. */
function base92(bytes) {
  let digits = "";
  let waiting = 0;
  let count = 0;
  const digit = (value) => {
    let sign = FIRST + value;
    for (const skipped of [QUOTE, TAG, BACKSLASH]) if (sign >= skipped) sign++;
    return String.fromCharCode(sign);
  };
  const flush = () => {
    const bits = waiting % 2 ** 13 < SPARE ? 14 : 13;
    const value = waiting % 2 ** bits;
    digits += digit(value % BASE) + digit(Math.floor(value / BASE));
    waiting = Math.floor(waiting / 2 ** bits);
    count -= bits;
  };
  for (const byte of bytes) {
    waiting += byte * 2 ** count;
    count += 8;
    if (count > 13) flush();
  }
  while (count > 0) flush();
  return digits;
}

/**
 * @param {string} plain an ES module.
 * @returns {Promise<string>} the one that does the same in as few characters as a notebook, which is
 * JSON, can keep it in.
 */
export async function shorten(plain) {
  const { code } = await minify(plain, {
    module: true,
    compress: { ...SAFE_HERE, passes: 5, ecma: 2020, hoist_vars: true, sequences: false },
    // In JSON each double quote is two characters.
    format: { quote_style: 1 },
  });
  return code;
}

/**
 * @param {string} plain an ES module with a default export.
 * @returns {Promise<{module: string, unpacked: number}>} the one that does the same, and the bytes
 * that it unpacks to.
 */
export async function pack(plain) {
  const code = await shorten(plain);
  const packed = await promisify(zopfli.deflate)(Buffer.from(code), { numiterations: 15 });
  const { code: module } = await minify(
    `const bytes = new Uint8Array(${packed.length}), digits = "${base92(packed)}";
    let waiting, pair, count = 0, at = 0, next = 0;
    const digit = (sign) =>
      (sign = digits.charCodeAt(next++)) - ${FIRST} - (sign > ${QUOTE}) - (sign > ${TAG}) - (sign > ${BACKSLASH});
    while (at in bytes) {
      waiting |= (pair = digit() + ${BASE} * digit()) << count;
      for (count += 13 + ((pair & 8191) < ${SPARE}); count > 7; count -= 8)
        bytes[at++] = waiting, waiting >>= 8;
    }
    const address = URL.createObjectURL(await new Response(
      new Response(bytes).body.pipeThrough(new DecompressionStream("deflate-raw")),
      { headers: { "content-type": "text/javascript" } }).blob());
    const unpacked = await import(address);
    URL.revokeObjectURL(address);
    export default unpacked.default;`,
    { module: true },
  );
  return { module, unpacked: code.length };
}
