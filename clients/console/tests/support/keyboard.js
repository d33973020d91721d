// Everything by keys alone.

import assert from "node:assert/strict";

const MOST_KEYS = 60;

/** Presses a key until this has the keyboard. */
export async function reach(target, key = "Tab") {
  const hasFocus = () => target.evaluate((element) => element === document.activeElement);
  for (let keys = 0; keys < MOST_KEYS && !(await hasFocus()); keys += 1) await target.page().keyboard.press(key);
  assert.ok(await hasFocus(), `${target} is not reached with ${key}`);
}

/** Waits until this has the keyboard. */
export async function focused(target) {
  await target.and(target.page().locator(":focus")).waitFor();
}

/** From now on, notes after what the keyboard was nowhere. */
export function watchFocus(page) {
  return page.evaluate(() => {
    globalThis.losses = [];
    let last;
    const look = () => {
      const { activeElement } = document;
      const isLost = activeElement === document.body;
      if (isLost && last) globalThis.losses.push(last);
      last = isLost ? undefined : activeElement.outerHTML;
      requestAnimationFrame(look);
    };
    look();
  });
}
