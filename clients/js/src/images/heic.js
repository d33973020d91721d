import { codes, part, text, view } from "./bytes.js";

/** Boxes of a file that an image consists of, and of its `meta`. All others are made free space. */
const KEPT = /^(ftyp|meta|mdat|free|skip)$/;
const KEPT_IN_META = /^(hdlr|pitm|iinf|iloc|iprp|iref|idat|dinf|grpl|free|skip)$/;
/** EXIF, XMP and the like. */
const METADATA = /^(Exif|mime|uri )$/;

/** @type {(bytes: Uint8Array, start: number, end: number) => HeicBox[]} the boxes that fill a range */
const boxesIn = (bytes, start, end) => {
  const boxes = [];
  const numbers = view(bytes);
  for (let at = start; at < end;) {
    const short = numbers.getUint32(at);
    const name = text(bytes, at + 4, 4);
    // A size of 1 announces one of 64 bits, behind the name; 0 is a box to the end.
    const head = short === 1 ? 16 : 8;
    const size = short === 1 ? Number(numbers.getBigUint64(at + 8)) : short || end - at;
    if (size < head || at + size > end) throw new RangeError("The image is damaged.");
    boxes.push({ name, at, start: at + head, end: at + size });
    at += size;
  }
  return boxes;
};

/** @type {(bytes: Uint8Array, at: number) => (width: number) => number} reads numbers of 0 to 8 bytes */
const reader = (bytes, at) => (width) =>
  part(bytes, at, (at += width)).reduce((number, byte) => number * 256 + byte, 0);

/** @type {(bytes: Uint8Array, box: HeicBox) => Map<number, number>} items that say something besides the picture, and where it stands of what kind they are */
const metadataItems = (bytes, { start, end }) => {
  const width = bytes[start] ? 4 : 2;
  const items = new Map();
  for (const entry of boxesIn(bytes, start + 4 + width, end)) {
    const read = reader(bytes, entry.start);
    const version = read(1);
    if (version < 2) throw new RangeError("The image is of a time before items had kinds.");
    read(3);
    const id = read(version === 2 ? 2 : 4);
    const kind = entry.start + (version === 2 ? 8 : 10);
    if (METADATA.test(text(bytes, kind, 4))) items.set(id, kind);
  }
  return items;
};

/** @type {(bytes: Uint8Array, box: HeicBox, data: HeicBox | undefined, items: Map<number, number>) => [number, number][]} */
const placesOf = (bytes, { start }, data, items) => {
  const read = reader(bytes, start);
  const version = read(1);
  read(3);
  const [widths, more] = [read(1), read(1)];
  const idWidth = version < 2 ? 2 : 4;
  const places = /** @type {[number, number][]} */ ([]);
  for (let count = read(idWidth); count; count -= 1) {
    const id = read(idWidth);
    const method = version ? read(2) & 15 : 0;
    read(2);
    const base = read(more >> 4);
    const from = [{ start: 0, end: bytes.length }, data][method];
    for (let extents = read(2); extents; extents -= 1) {
      if (version) read(more & 15);
      const offset = base + read(widths >> 4);
      const length = read(widths & 15);
      if (!items.has(id)) continue;
      if (!from) throw new RangeError("The image is too tangled.");
      const end = length ? from.start + offset + length : from.end;
      if (end > from.end) throw new RangeError("The image is cut off.");
      places.push([from.start + offset, end]);
    }
  }
  return places;
};

/**
 * Items refer to bytes by their place in the file, so nothing is taken out: what metadata say is
 * overwritten with zeros where it stands, and nobody is told any more that it is metadata: zeros are no EXIF,
 * and no compressed XMP. How the picture is turned is a property of it.
 *
 * @type {(bytes: Uint8Array) => Uint8Array<ArrayBuffer>}
 */
export const cleanHeic = (bytes) => {
  const cleaned = new Uint8Array(bytes);
  const free = (/** @type {HeicBox} */ { at, start, end }) => {
    cleaned.set(codes("free"), at + 4);
    cleaned.fill(0, start, end);
  };
  for (const box of boxesIn(bytes, 0, bytes.length)) {
    if (!KEPT.test(box.name) || /^(free|skip)$/.test(box.name)) free(box);
    if (box.name !== "meta") continue;
    // A full box: version and flags come first.
    const parts = boxesIn(bytes, box.start + 4, box.end);
    const find = (/** @type {string} */ name) => parts.find((each) => each.name === name);
    const [information, locations] = [find("iinf"), find("iloc")];
    const items = information ? metadataItems(bytes, information) : new Map();
    const places = locations ? placesOf(bytes, locations, find("idat"), items) : [];
    for (const [start, end] of places) cleaned.fill(0, start, end);
    for (const kind of items.values()) cleaned.set(codes("free"), kind);
    for (const each of parts) if (!KEPT_IN_META.test(each.name)) free(each);
  }
  return cleaned;
};
