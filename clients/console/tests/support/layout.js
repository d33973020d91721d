// What must hold of the layout, whatever is shown, however wide the screen and the letters are.

import assert from "node:assert/strict";

/** A family whose letters are a fifth wider than those that the page asks for first. */
export const WIDE_FONT = "DejaVu Sans";

/** Has a page use another font than it asks for, as on a machine that has no other. */
export async function useFont(page, family) {
  await page.route("**/console/console.css", async (route) => {
    const response = await route.fetch();
    const css = await response.text();
    const body = css.replace(/font: (\S+) Inter,[^;]*;/, `font: $1 "${family}";`);
    assert.notEqual(body, css, "the style sheet names its fonts");
    await route.fulfill({ response, body });
  });
}

/** Whether this machine has a family. */
export const hasFont = (page, family) =>
  page.evaluate((family) => {
    const context = document.createElement("canvas").getContext("2d");
    const width = (font) => {
      context.font = `16px ${font}`;
      return context.measureText("Wide letters").width;
    };
    return ["serif", "monospace"].every((other) => width(`"${family}", ${other}`) !== width(other));
  }, family);

/**
 * Nothing that can be seen reaches over an edge, and every text can be read to its end, but what can be
 * scrolled sideways to and what ends in an ellipsis.
 */
export async function fits(page) {
  assert.deepEqual(await page.evaluate(findFaults), [], `${page.viewportSize().width} wide`);
}

function findFaults() {
  const TOLERANCE = 0.5;
  const root = document.querySelector("dialog[open]") ?? document.body;
  // A pixel wide is what only a screen reader gets.
  const isSeen = (element) =>
    element.checkVisibility() &&
    element.getBoundingClientRect().width > 1 &&
    !element.closest(".visually-hidden, .cards, .attachments");
  const all = [...root.querySelectorAll("*")].filter(isSeen);
  const within = (inner, outer) => inner.left >= outer.left - TOLERANCE && inner.right <= outer.right + TOLERANCE;
  const style = (element) => getComputedStyle(element);
  const screen = { left: 0, right: innerWidth };

  const ancestors = (element) => (element ? [element, ...ancestors(element.parentElement)] : []);
  const isShortened = (element) => ancestors(element).some((other) => style(other).textOverflow === "ellipsis");
  const reachesOver = (element) => {
    const box = element.getBoundingClientRect();
    return box.height > 1 && !within(box, screen) && !isShortened(element.parentElement);
  };
  const isScrolledSideways = (element) =>
    ["auto", "scroll"].includes(style(element).overflowX) && element.scrollWidth > element.clientWidth + 1;

  /** Where an element's own text is; nothing for one without. */
  const textBox = (element) => {
    const texts = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!texts.length || ["SELECT", "OPTION", "TEXTAREA"].includes(element.tagName)) return undefined;
    const range = document.createRange();
    range.setStartBefore(texts[0]);
    range.setEndAfter(texts.at(-1));
    return range.getBoundingClientRect();
  };

  const isCut = (element) => {
    const text = textBox(element);
    if (!text || isShortened(element)) return false;
    const boxes = ancestors(element).filter((other) => style(other).overflowX !== "visible" || other.matches("button, .pill"));
    return boxes.some((box) => !within(text, box.getBoundingClientRect()));
  };
  const isCovered = (element) => {
    const text = textBox(element);
    const button = text && element.closest("button, label");
    const y = text && (text.top + text.bottom) / 2;
    const isScrolledTo = (other) => y > other.getBoundingClientRect().top && y < other.getBoundingClientRect().bottom;
    if (!button || !ancestors(element).every(isScrolledTo) || isShortened(element)) return false;
    return [text.left + 1, text.right - 1].some((x) => !button.contains(document.elementFromPoint(x, y)));
  };

  const found = [
    ["the page is wider than the screen", [document.documentElement].filter(({ scrollWidth }) => scrollWidth > innerWidth)],
    ["over the edge", all.filter(reachesOver)],
    ["wider than its box", all.filter(isScrolledSideways)],
    ["cut off", all.filter(isCut)],
    ["covered", all.filter(isCovered)],
  ];
  return found.flatMap(([fault, elements]) => elements.map(({ outerHTML }) => `${fault}: ${outerHTML.slice(0, 120)}`));
}

/** Every word but those that turn letters around themselves is written from left to right. */
export async function readsForward(page) {
  const turned = await page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const turned = [];
    while (walker.nextNode()) {
      const { currentNode: node } = walker;
      if (/[\u202e\u0590-\u08ff]/.test(node.data) || node.parentElement.closest("option, .visually-hidden")) continue;
      const start = node.data.search(/\S\S/);
      if (start < 0 || !node.parentElement.checkVisibility()) continue;
      const [first, second] = [start, start + 1].map((at) => {
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        return range.getBoundingClientRect();
      });
      if (second.left < first.left && second.top === first.top) turned.push(node.data);
    }
    return turned;
  });
  assert.deepEqual(turned, []);
}
