// Files as they are picked, without metadata: a head, a piece of what is seen, which may be any bytes, and an end.
const FORMATS = {
  "image/jpeg": () => ["ffd8ffda0002", ""],
  "image/png": (size) => [`89504e470d0a1a0a${hex(size)}49444154`, "000000000000000049454e4400000000"],
  "image/webp": (size) => [`52494646${little(size + 12)}5745425056503820${little(size)}`, ""],
  "image/heic": (size) => [`000000186674797068656963000000006d69663168656963${hex(size + 8)}6d646174`, ""],
};

const hex = (number) => number.toString(16).padStart(8, "0");
const little = (number) => Buffer.from(hex(number), "hex").reverse().toString("hex");

/** An image of this kind and at least this size, which the browser may call something else. */
export function imageOf(kind, { size = 48, type = kind } = {}) {
  const least = FORMATS[kind](0).join("").length / 2;
  const seen = Math.max(size - least, 0);
  const [head, end] = FORMATS[kind](seen).map((each) => Buffer.from(each, "hex"));
  return new Blob([head, Buffer.alloc(seen, 7), end], { type });
}

/** A file that is gone: its bytes cannot be had, as in Chromium. */
export function unreadable(type = "image/jpeg") {
  const blob = new Blob([new Uint8Array(32)], { type });
  const fail = () => Promise.reject(new DOMException("The file could not be read.", "NotReadableError"));
  return Object.assign(blob, { arrayBuffer: fail, text: fail, slice: () => unreadable(type) });
}
