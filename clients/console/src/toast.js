// What went wrong, for a while.

import { keepFocus } from "./dom.js";

const SHOWN_MS = 8000;

export class Toast {
  #root;
  #onGone;
  #timer;

  /** `onGone` is told when it goes and has the keyboard. */
  constructor(root, onGone) {
    this.#root = root;
    this.#onGone = onGone;
    root.querySelector("button").addEventListener("click", () => this.hide());
  }

  show(text) {
    this.#root.querySelector("p").textContent = text;
    this.#root.hidden = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.hide(), SHOWN_MS);
  }

  hide() {
    keepFocus(this.#root, () => (this.#root.hidden = true), this.#onGone);
  }
}
