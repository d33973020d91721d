// Files as they are picked: what counts are their first bytes.
const HEADS = {
  "image/jpeg": "ffd8ffe000104a464946",
  "image/png": "89504e470d0a1a0a",
  "image/webp": "524946460000000057454250",
  "image/heic": "000000186674797068656963000000006d69663168656963",
};

/** An image of this kind and size, which the browser may call something else. */
export function imageOf(kind, { size = 32, type = kind } = {}) {
  const bytes = Buffer.alloc(size, 7);
  bytes.set(Buffer.from(HEADS[kind], "hex").subarray(0, size));
  return new Blob([bytes], { type });
}

/** A file that is gone: its bytes cannot be had, as in Chromium. */
export function unreadable(type = "image/jpeg") {
  const blob = new Blob([new Uint8Array(32)], { type });
  const fail = () => Promise.reject(new DOMException("The file could not be read.", "NotReadableError"));
  return Object.assign(blob, { arrayBuffer: fail, text: fail, slice: () => unreadable(type) });
}
