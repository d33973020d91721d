// Small helpers for making and finding elements, and the icons.

const SVG = "http://www.w3.org/2000/svg";

/** Outlines on a field of 24 × 24. */
const ICONS = {
  alert: "M12 8v5M12 16.5v.01M12 3.5 21.5 20h-19z",
  archive: "M4 8h16v11H4zM3 4h18v4H3zM10 12h4",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 21h4",
  clock: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 7.5V12l3 2",
  close: "M6 6l12 12M18 6 6 18",
  conversation:
    "M4 5h11a2 2 0 0 1 2 2v5a2 2 0 0 1-2 2H9l-4 3.5V14H4a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2zM19.5 9.5h.5a2 2 0 0 1 2 2v5a2 2 0 0 1-2 2h-1V21l-3.5-2.5H12a2 2 0 0 1-1.5-.7",
  down: "M12 5v14M6 13l6 6 6-6",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  help: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM9.5 9.7a2.5 2.5 0 1 1 3.6 2.2c-.7.4-1.1.8-1.1 1.6M12 16.5v.01",
  image:
    "M4 4.5h16a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-13a1 1 0 0 1 1-1zM3 16l5-5 4 4 3-3 6 6M15.5 8.5v.01",
  left: "M15 5l-7 7 7 7",
  message: "M4 5h16v11H11l-5 4v-4H4z",
  more: "M6 12v.01M12 12v.01M18 12v.01",
  network: "M4 9.5a12 12 0 0 1 16 0M7 13a7.5 7.5 0 0 1 10 0M10 16.3a3.5 3.5 0 0 1 4 0M12 19.5v.01",
  plus: "M12 5v14M5 12h14",
  right: "M9 5l7 7-7 7",
  send: "M4 12 20 4.5 15.5 20l-4-6.5zM11.5 13.5 20 4.5",
  tick: "M5 12.5l4.5 4.5L19 7.5",
  ticks: "M1.5 12.5 6 17l9.5-9.5M11.5 16l1 1L22 7.5",
};

/** An element with properties (or attributes, or `on…` listeners) and children. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Somebody's name or words for between other words: whatever directions their letters have, the others keep their places. */
export const isolated = (text) => el("bdi", {}, text);

/** An icon; what it means must be said beside it or by the button it is in. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** Puts the icons where the markup wants them. */
export function drawIcons(root) {
  for (const place of root.querySelectorAll("[data-icon]")) place.append(icon(place.dataset.icon));
}

export function fromTemplate(id) {
  const element = document.getElementById(id).content.firstElementChild.cloneNode(true);
  drawIcons(element);
  return element;
}

/** Makes the children of `parent` these, moving only what is out of place. */
export function arrange(parent, children) {
  let next = parent.firstElementChild;
  for (const child of children) {
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
  }
  while (next) {
    const rest = next.nextElementSibling;
    next.remove();
    next = rest;
  }
}

/**
 * Makes a change below `root`. The keyboard stays where it is there, even if that moved; if that is gone,
 * `elsewhere` says where it goes.
 */
export function keepFocus(root, change, elsewhere) {
  const held = document.activeElement;
  const isHere = held !== root && root.contains(held);
  change();
  if (!isHere) return;
  if (!held.isConnected || held.closest("[hidden]")) elsewhere();
  else if (document.activeElement === document.body) held.focus({ preventScroll: true });
}

/** A dialog that its buttons marked so, Esc and a click beside it close. */
export function dialog(selector) {
  const element = document.querySelector(selector);
  for (const button of element.querySelectorAll("[data-close]"))
    button.addEventListener("click", () => element.close());
  element.addEventListener("click", (event) => {
    if (event.target === element) element.close();
  });
  return element;
}
