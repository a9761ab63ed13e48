// A bundle that unpacks itself. Wires and notebooks compress nothing and carry text only, so it is
// kept deflated and in base 85, and imported by the same way (a blob's address) by which anywidget
// loads it.
import { promisify } from "node:util";
import { deflateRaw } from "node:zlib";
import { minify } from "terser";

/** The digits are the 85 signs from "(" on, but for the one that would have to be escaped. */
const FIRST = "(".charCodeAt(0);
const ESCAPED = "\\";
const INSTEAD = "~";

/** Four bytes as five digits, the highest first; the last group is filled up with zeros. */
function base85(bytes) {
  const groups = Math.ceil(bytes.length / 4);
  const whole = Buffer.alloc(groups * 4, 0);
  bytes.copy(whole);
  const digits = Array.from({ length: groups }, (_, group) => {
    let rest = whole.readUInt32BE(group * 4);
    return Array.from({ length: 5 }, () => {
      const digit = rest % 85;
      rest = (rest - digit) / 85;
      return String.fromCharCode(FIRST + digit);
    }).reverse();
  });
  return digits.flat().join("").replaceAll(ESCAPED, INSTEAD);
}

/**
 * @param {string} plain an ES module with a default export.
 * @returns {Promise<{module: string, unpacked: number}>} the one that does the same, and the bytes
 * that it unpacks to.
 */
export async function pack(plain) {
  const { code } = await minify(plain, {
    module: true,
    compress: { passes: 3, ecma: 2020, unsafe_arrows: true },
  });
  const packed = await promisify(deflateRaw)(code, { level: 9, memLevel: 9 });
  const digits = base85(packed);
  const { code: module } = await minify(
    `const bytes = new DataView(new ArrayBuffer(${(digits.length / 5) * 4}));
    "${digits}".replace(/.{5}/g, (group, at) => bytes.setUint32((at / 5) * 4, [...group].reduce(
      (sum, sign) => sum * 85 + (sign == "${INSTEAD}" ? ${ESCAPED.charCodeAt(0)} : sign.charCodeAt(0)) - ${FIRST}, 0)));
    const stream = new Blob([bytes.buffer.slice(0, ${packed.length})]).stream();
    const text = new Response(stream.pipeThrough(new DecompressionStream("deflate-raw")),
      { headers: { "content-type": "text/javascript" } });
    const address = URL.createObjectURL(await text.blob());
    const unpacked = await import(address);
    URL.revokeObjectURL(address);
    export default unpacked.default;`,
    { module: true },
  );
  return { module, unpacked: code.length };
}
