// Images to send.

import { readFileSync } from "node:fs";

const X_RAY = readFileSync(new URL("x-ray.svg", import.meta.url), "utf8");

/** An X-ray of three molars, as files come from a camera; `page` is of the browser that draws it. */
export async function xRay(page) {
  const canvas = await page.context().browser().newPage({ viewport: { width: 800, height: 600 } });
  await canvas.setContent(`<style>body { margin: 0; }</style>${X_RAY}`);
  const buffer = await canvas.screenshot({ type: "jpeg", quality: 85 });
  await canvas.close();
  return { name: "x-ray.jpg", mimeType: "image/jpeg", buffer };
}
