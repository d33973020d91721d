import { codes, view } from "./bytes.js";

const ORIENTATION = 0x0112;
const SHORT = 3;

/** @type {(tiff: Uint8Array) => number | undefined} the orientation that a TIFF structure tells, if it is not the usual one */
export const orientationIn = (tiff) => {
  try {
    const numbers = view(tiff);
    const isLittle = { 0x49492a00: true, 0x4d4d002a: false }[numbers.getUint32(0)];
    if (isLittle === undefined) return undefined;
    const directory = numbers.getUint32(4, isLittle);
    const count = numbers.getUint16(directory, isLittle);
    for (let entry = directory + 2; entry < directory + 2 + 12 * count; entry += 12) {
      if (numbers.getUint16(entry, isLittle) !== ORIENTATION) continue;
      if (numbers.getUint16(entry + 2, isLittle) !== SHORT) continue;
      const value = numbers.getUint16(entry + 8, isLittle);
      return value > 1 && value < 9 ? value : undefined;
    }
  } catch {
    // It ends before it says so.
  }
};

/** @param {number} orientation a TIFF structure that tells this and nothing else */
export const tiffOf = (orientation) =>
  [...codes("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"), orientation, ...Array(6).fill(0)];
