// The machine's Chromium.

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const launch = () => chromium.launch({ executablePath: findChromium(), args: ARGUMENTS });

function findChromium() {
  const places = process.env.PATH.split(delimiter).map((folder) => join(folder, "chromium"));
  const path = process.env.CHROMIUM || places.find((place) => existsSync(place));
  if (!path) throw new Error("There is no chromium in PATH; CHROMIUM may name one.");
  return path;
}
