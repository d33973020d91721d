// Where a message is written.

import { isBlank } from "/console/client/index.js";
import { acceptDrops, Attachments } from "./attachments.js";

const MOST_BYTES = 8192;
const TALLEST = 160;

export class Composer {
  #form;
  #text;
  #limit;
  #attachments;
  #conversation;
  #onSent;
  #drafts = new WeakMap();
  /** Until the files that were given last are looked at. */
  #adding;

  /** The form, the place where images may be dropped, and whom to tell that something was sent. */
  constructor(form, place, onSent) {
    this.#form = form;
    this.#onSent = onSent;
    this.#text = form.querySelector("textarea");
    this.#limit = form.querySelector(".limit");
    const list = form.querySelector(".attachments");
    this.#attachments = new Attachments(
      list,
      () => this.#changed(),
      () => this.focus(),
    );
    this.#listen();
    this.#attach();
    acceptDrops(
      place,
      () => !form.hidden,
      (files) => this.#add(files),
    );
  }

  /** Writes into this conversation from now on; `undefined` for none. Drafts are kept. */
  write(conversation) {
    if (conversation === this.#conversation) return;
    if (this.#conversation) {
      this.#drafts.set(this.#conversation, { text: this.#text.value, images: this.#attachments.images });
      this.#conversation.typing(false);
    }
    this.#conversation = conversation;
    const draft = (conversation && this.#drafts.get(conversation)) ?? { text: "", images: [] };
    this.#text.value = draft.text;
    this.#attachments.images = draft.images;
    this.#form.hidden = !conversation;
    this.#fit();
  }

  focus() {
    this.#text.focus();
  }

  #listen() {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send();
    });
    this.#text.addEventListener("input", () => {
      this.#conversation.typing(this.#text.value !== "");
      this.#fit();
      this.#changed();
    });
    this.#text.addEventListener("blur", () => this.#conversation?.typing(false));
  }

  #attach() {
    const picker = this.#form.querySelector("input[type=file]");
    this.#form.querySelector(".attach").addEventListener("click", () => picker.click());
    picker.addEventListener("change", () => {
      this.#add(picker.files);
      picker.value = "";
    });
    this.#form.addEventListener("paste", (event) => {
      if (!event.clipboardData.files.length) return;
      event.preventDefault();
      this.#add(event.clipboardData.files);
    });
  }

  #add(files) {
    const conversation = this.#conversation;
    const [before, problem] = [this.#adding, this.#attachments.add(files)];
    this.#adding = Promise.all([before, problem]).then(([, text]) => {
      if (text && conversation === this.#conversation) this.#limit.textContent = text;
    });
    this.focus();
  }

  async #send() {
    const conversation = this.#conversation;
    // Images that were given just before go along.
    await this.#adding;
    const content = this.#text.value;
    const images = this.#attachments.images;
    const isEmpty = isBlank(content) && !images.length;
    if (!conversation || conversation !== this.#conversation || isEmpty || tooMuch(content) > 0) return;
    conversation.typing(false);
    conversation.send({ content: isBlank(content) ? "" : content, images });
    this.#text.value = "";
    this.#attachments.images = [];
    this.#fit();
    this.#onSent();
  }

  #changed() {
    const surplus = tooMuch(this.#text.value);
    this.#limit.textContent = surplus > 0 ? `This is ${surplus} bytes too long for one message.` : "";
    const isEmpty = isBlank(this.#text.value) && !this.#attachments.images.length;
    this.#form.querySelector(".send").setAttribute("aria-disabled", String(isEmpty || surplus > 0));
  }

  /** Grows with the text. */
  #fit() {
    this.#text.style.height = "auto";
    // Behind a tab it has no height.
    if (!this.#text.scrollHeight) return;
    const border = this.#text.offsetHeight - this.#text.clientHeight;
    this.#text.style.height = `${Math.min(this.#text.scrollHeight + border, TALLEST)}px`;
    this.#text.classList.toggle("tall", this.#text.scrollHeight + border > TALLEST);
  }
}

/** How many bytes of UTF-8 a text has beyond what a message may carry. */
const tooMuch = (text) => new TextEncoder().encode(text).length - MOST_BYTES;
