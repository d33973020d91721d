import { codes, concat, part, text, view } from "./bytes.js";
import { orientationIn, tiffOf } from "./exif.js";

const KEPT = ["VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "ICCP"];
const HAS_EXIF = 8;
const HAS_XMP = 4;

/** @type {(bytes: Uint8Array) => Uint8Array<ArrayBuffer>} */
export const cleanWebp = (bytes) => {
  const numbers = view(bytes);
  const size = 8 + numbers.getUint32(4, true);
  const kept = [part(bytes, 0, 12)];
  /** @type {number | undefined} */
  let orientation;
  /** @type {number | undefined} where VP8X has its flags in what is kept */
  let flags;
  let length = 12;
  part(bytes, 0, size);
  for (let at = 12; at < size;) {
    const name = text(bytes, at, 4);
    const end = at + 8 + numbers.getUint32(at + 4, true);
    const data = part(bytes, at + 8, end);
    // Chunks begin at even places; the last one's padding may be missing.
    const chunk = bytes.subarray(at, Math.min(end + (end & 1), size));
    // Some writers begin it as in a JPEG.
    if (name === "EXIF") orientation ??= orientationIn(data.subarray(data[0] === 0x45 ? 6 : 0));
    at += chunk.length;
    if (!KEPT.includes(name)) continue;
    if (name === "VP8X") flags = length + 8;
    kept.push(chunk);
    length += chunk.length;
  }
  const turned = orientation && flags ? tiffOf(orientation) : [];
  const cleaned = concat([...kept, turned.length ? [...codes("EXIF"), turned.length, 0, 0, 0, ...turned] : []]);
  if (flags) cleaned[flags] = (cleaned[flags] & ~(HAS_EXIF | HAS_XMP)) | (turned.length ? HAS_EXIF : 0);
  view(cleaned).setUint32(4, cleaned.length - 8, true);
  return cleaned;
};
