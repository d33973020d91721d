// axe looks for faults that keep people from using the page.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const WIDE = { width: 1440, height: 900 };
export const NARROW = { width: 360, height: 740 };

export const ANY_IMPACT = ["minor", "moderate", "serious", "critical"];

export const loadAxe = (page) => page.evaluate(AXE);

/** Finds no serious fault, or none of these impacts, in what is shown, at this size, light and dark. */
export async function check(page, state, size, impacts = ["serious", "critical"]) {
  await page.setViewportSize(size);
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate(() => {
      // What is behind a dialog cannot be reached.
      const place = document.querySelector("dialog[open]") ?? document;
      return globalThis.axe.run(place, { resultTypes: ["violations"] });
    });
    const faults = violations
      .filter(({ impact }) => impacts.includes(impact))
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    assert.deepEqual(faults, [], `${state}, ${size.width} wide, ${colorScheme}`);
  }
}
