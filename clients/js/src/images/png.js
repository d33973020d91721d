import { codes, concat, part, text, view } from "./bytes.js";
import { orientationIn, tiffOf } from "./exif.js";

/** Without these an image looks or moves otherwise, and critical ones begin with a capital letter. */
const KEPT = /^([A-Z]|tRNS|gAMA|cHRM|sRGB|iCCP|sBIT|bKGD|pHYs|hIST|sPLT|cICP|mDCV|cLLI|acTL|fcTL|fdAT)/;

/** @param {number[]} bytes CRC-32 as PNG has it */
const checksum = (bytes) => {
  let sum = -1;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum;
};

/** @param {number} number as four bytes */
const long = (number) => [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255];

/** @type {(bytes: Uint8Array) => Uint8Array<ArrayBuffer>} */
export const cleanPng = (bytes) => {
  const numbers = view(bytes);
  /** @type {(Uint8Array | number[])[]} the signature, the header, and what turns the picture */
  const kept = [bytes.subarray(0, 8)];
  /** @type {number | undefined} */
  let orientation;
  for (let at = 8, name; name !== "IEND";) {
    const end = at + 12 + numbers.getUint32(at);
    const chunk = part(bytes, at, end);
    name = text(chunk, 4, 4);
    if (KEPT.test(name)) kept.push(chunk);
    else if (name === "eXIf") orientation ??= orientationIn(chunk.subarray(8, -4));
    if (name === "IHDR") kept.push([]);
    at = end;
  }
  if (orientation) {
    const body = [...codes("eXIf"), ...tiffOf(orientation)];
    kept[2] = [...long(body.length - 4), ...body, ...long(checksum(body))];
  }
  return concat(kept);
};
