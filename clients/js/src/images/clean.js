import { cleanHeic } from "./heic.js";
import { cleanJpeg } from "./jpeg.js";
import { cleanPng } from "./png.js";
import { cleanWebp } from "./webp.js";

const CLEANERS = {
  "image/jpeg": cleanJpeg,
  "image/png": cleanPng,
  "image/webp": cleanWebp,
  "image/heic": cleanHeic,
};

/**
 * An image without its metadata, of which only the orientation stays; pixels are not touched. Throws where
 * its structure cannot be read: it may tell something that cannot be found.
 *
 * @type {Clean}
 */
export const clean = (type, bytes) => CLEANERS[type](bytes);
