// Images, large.

import { dialog } from "./dom.js";

export class Lightbox {
  #dialog = dialog(".lightbox");
  #pictures = [];
  #index = 0;

  constructor() {
    this.#find(".previous").addEventListener("click", () => this.#step(-1));
    this.#find(".next").addEventListener("click", () => this.#step(1));
    this.#dialog.addEventListener("keydown", (event) => {
      if (event.key === "ArrowLeft") this.#step(-1);
      if (event.key === "ArrowRight") this.#step(1);
    });
  }

  /** Shows one of these images; the arrows lead to the others. */
  open(pictures, index) {
    this.#pictures = pictures;
    this.#index = index;
    for (const button of [this.#find(".previous"), this.#find(".next")]) button.hidden = pictures.length < 2;
    this.#show();
    this.#dialog.showModal();
  }

  #step(way) {
    const count = this.#pictures.length;
    if (count < 2) return;
    this.#index = (this.#index + way + count) % count;
    this.#show();
  }

  #show() {
    const { src, alt } = this.#pictures[this.#index];
    Object.assign(this.#find("img"), { src, alt });
    const count = this.#pictures.length;
    this.#find(".position").textContent = count > 1 ? `${this.#index + 1} of ${count}` : "";
  }

  #find(selector) {
    return this.#dialog.querySelector(selector);
  }
}
