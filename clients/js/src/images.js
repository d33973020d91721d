/** @type {typeof Chat.imageType} */
export const imageType = (bytes) => {
  const text = String.fromCharCode(...bytes.subarray(0, 256));
  if (text.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (/^RIFF[^]{4}WEBP/.test(text)) return "image/webp";
  if (text.slice(4, 8) !== "ftyp") return undefined;
  const number = (/** @type {number} */ at) => bytes.subarray(at, at + 4).reduce((high, low) => high * 256 + low, 0);
  // A 1 announces 64 bits, behind the name; 0 is a box to the end of the file.
  const short = number(0);
  const start = short === 1 ? 16 : 8;
  const size = short === 1 ? number(8) * 2 ** 32 + number(12) : short || Infinity;
  // What follows the major brand is its version.
  const brands = size < start + 8 ? "" : text.slice(start, start + 4) + text.slice(start + 8, size);
  const has = (/** @type {string} */ kinds) => new RegExp(`^(?:[^]{4})*(?:${kinds})`).test(brands);
  return has("hei[cxms]") && !has("avi[fs]") ? "image/heic" : undefined;
};
