import { codes, concat, part, text, view } from "./bytes.js";
import { orientationIn, tiffOf } from "./exif.js";

const END = 0xd9;
const SCAN = 0xda;
const EXIF = "Exif\0\0";

/** @param {number} code of markers that stand alone: TEM and RSTn */
const isAlone = (code) => code === 1 || (code > 0xcf && code < 0xd8);

/** @type {(code: number, payload: string) => boolean} all but APPn and comments, of those JFIF, a color profile, and Adobe's kind of color */
const isKept = (code, payload) => {
  if (code === 0xe0) return payload.startsWith("JFIF\0");
  if (code === 0xe2) return payload.startsWith("ICC_PROFILE\0");
  if (code === 0xee) return payload.startsWith("Adobe");
  return code !== 0xfe && !(code > 0xdf && code < 0xf0);
};

/** @type {(bytes: Uint8Array, at: number) => number} before a marker that is neither a stuffed zero nor a restart */
const endOfScan = (bytes, at) => {
  for (; at < bytes.length - 1; at += 1) {
    if (bytes[at] !== 0xff) continue;
    const code = bytes[at + 1];
    if (code && code !== 0xff && !(code > 0xcf && code < 0xd8)) return at;
  }
  return bytes.length;
};

/** @type {(bytes: Uint8Array) => Uint8Array<ArrayBuffer>} ends with its end: another image or a film behind it goes, too */
export const cleanJpeg = (bytes) => {
  const numbers = view(bytes);
  /** @type {Uint8Array[]} */
  const kept = [];
  /** @type {number | undefined} */
  let orientation;
  let isShown = false;
  for (let at = 2, code; code !== END && at < bytes.length;) {
    if (bytes[at] !== 0xff) throw new RangeError("The image is damaged.");
    const start = at;
    // Fill bytes may come before a marker.
    while (bytes[at] === 0xff) at += 1;
    code = part(bytes, at, (at += 1))[0];
    if (isAlone(code) || code === END) {
      kept.push(bytes.subarray(at - 2, at));
      continue;
    }
    const end = at + Math.max(numbers.getUint16(at), 2);
    const payload = part(bytes, at + 2, end);
    const name = text(payload, 0, Math.min(payload.length, 12));
    // What comes behind the picture does not turn it.
    if (code === 0xe1 && name.startsWith(EXIF) && !isShown) orientation ??= orientationIn(payload.subarray(6));
    isShown ||= code === SCAN;
    at = code === SCAN ? endOfScan(bytes, end) : end;
    if (isKept(code, name)) kept.push(bytes.subarray(start, at));
  }
  if (!kept.length) throw new RangeError("The image is empty.");
  const turned = orientation ? [...codes(EXIF), ...tiffOf(orientation)] : [];
  const segment = orientation ? [0xff, 0xe1, 0, turned.length + 2, ...turned] : [];
  return concat([[0xff, 0xd8], segment, ...kept]);
};
