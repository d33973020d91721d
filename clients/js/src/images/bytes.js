/** @param {Uint8Array} bytes */
export const view = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** @type {(bytes: Uint8Array, at: number, length: number) => string} */
export const text = (bytes, at, length) => String.fromCharCode(...part(bytes, at, at + length));

/** @type {(bytes: Uint8Array, start: number, end: number) => Uint8Array} all of it, or an error */
export const part = (bytes, start, end) => {
  if (end < start || end > bytes.length) throw new RangeError("The image is cut off.");
  return bytes.subarray(start, end);
};

/** @type {(parts: (Uint8Array | number[])[]) => Uint8Array<ArrayBuffer>} */
export const concat = (parts) => {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const each of parts) {
    whole.set(each, at);
    at += each.length;
  }
  return whole;
};

/** @param {string} name */
export const codes = (name) => [...name].map((each) => each.charCodeAt(0));
