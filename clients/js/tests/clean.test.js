// What is left of an image's metadata: the photos that the service is tried with, too.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { clean } from "../src/images/clean.js";
import { orientationIn, tiffOf } from "../src/images/exif.js";
import { imageType } from "../src/index.js";

const folder = new URL("../../vectors/photos/", import.meta.url);
const photos = JSON.parse(readFileSync(new URL("manifest.json", folder), "utf8"));
const bytesOf = ({ name }) => new Uint8Array(readFileSync(new URL(name, folder)));
const text = (bytes) => Buffer.from(bytes).toString("latin1");

test("nothing of a photo's metadata is left but how it is turned", () => {
  for (const photo of photos) {
    const cleaned = clean(photo.type, bytesOf(photo));
    const left = text(cleaned);
    assert.doesNotMatch(left, /GPS|adobe:ns|xap|Raw profile|mp4|Canon/, photo.name);
    // EXIF is one entry, if there is any: the orientation.
    for (const { index } of left.matchAll(/(MM\0\*|II\*\0)/g)) {
      const tiff = cleaned.subarray(index, index + tiffOf(6).length);
      assert.deepEqual([...tiff], tiffOf(orientationIn(tiff)), photo.name);
    }
    assert.equal(imageType(cleaned), photo.type, photo.name);
    assert.deepEqual(clean(photo.type, cleaned), cleaned, `${photo.name}: what is clean stays as it is`);
  }
});

test("a photo without metadata is not touched", () => {
  for (const photo of photos.filter(({ name }) => name.startsWith("plain"))) {
    assert.deepEqual(clean(photo.type, bytesOf(photo)), bytesOf(photo), photo.name);
  }
});

test("what is seen is not touched, and turned as before", () => {
  for (const kind of ["jpg", "png", "webp"]) {
    const exif = photos.find(({ name }) => name === `exif-gps.${kind}`);
    const cleaned = clean(exif.type, bytesOf(exif));
    // From where the picture begins in each format to what may come behind it.
    const picture = (bytes) => /(\xff\xdb|IDAT|VP8[ L])[^]*?(?=EXIF|$)/.exec(text(bytes))[0];
    assert.equal(picture(cleaned), picture(bytesOf(exif)), kind);
    const at = text(cleaned).search(/MM\0\*/);
    assert.equal(orientationIn(cleaned.subarray(at)), 6, kind);
  }
  // Items are found by their place in the file.
  for (const photo of photos.filter(({ type }) => type === "image/heic")) {
    assert.equal(clean(photo.type, bytesOf(photo)).length, bytesOf(photo).length, photo.name);
  }
});

test("what is damaged is refused or cleaned, and ends", () => {
  for (const photo of photos) {
    const bytes = bytesOf(photo);
    for (let at = 0; at < bytes.length; at += 7) {
      for (const damaged of [bytes.subarray(0, at), bytes.with(at, 0), bytes.with(at, 255), bytes.with(at, 1)]) {
        try {
          clean(photo.type, damaged);
        } catch (error) {
          assert.ok(error instanceof RangeError, `${photo.name} at ${at}: ${error.stack}`);
        }
      }
    }
  }
});
