import { imageType } from "../images.js";
import { clean } from "./clean.js";

/** @type {ReadImage} */
export const readImage = async (image) => {
  // As a whole: what fails after this is not the file.
  const bytes = new Uint8Array(await bytesOf(image));
  const type = imageType(bytes);
  return { type, body: type ? clean(type, bytes) : bytes };
};

/** @param {Blob} image */
const bytesOf = async (image) => {
  if (image.arrayBuffer) return image.arrayBuffer();
  // React Native's Blobs cannot tell their bytes.
  const { bytesOf, toDataUrl } = await import("../storage/data-url.js");
  return bytesOf(await toDataUrl(image));
};
