// One message of the list.

import { menuButton } from "./acts.js";
import { el, icon } from "./dom.js";
import { full } from "./time.js";
import { describe, isNetwork } from "./people.js";

const STATES = {
  queued: { icon: "clock", text: "Waiting" },
  uploading: { icon: "clock", text: "Uploading images" },
  sending: { icon: "clock", text: "Sending" },
  failed: { icon: "alert", text: "Not sent" },
  sent: { icon: "tick", text: "Sent" },
  read: { icon: "ticks", text: "Read" },
};

export class MessageItem {
  element = el("li");
  #who = el("span", { class: "visually-hidden" });
  #bubble = el("div", { class: "bubble" });
  #text = el("p", { class: "text", dir: "auto" });
  #end = el("span", { class: "end" });
  #trouble = el("div", { class: "trouble", hidden: true });
  #pictures;
  #progress;
  #state;
  #menu;
  #entry;
  #view;

  /**
   * `view` has the other side's `name`, and `retry`, `discard`, `correct`, `retract`, `refreshImages` and
   * `enlarge`.
   */
  constructor(view) {
    this.#view = view;
    this.#bubble.append(this.#who, this.#text, this.#end);
    this.element.append(this.#bubble, this.#trouble);
  }

  /** What must be on the screen for the message to be read. */
  get end() {
    return this.#end;
  }

  update(entry) {
    const { isOwn, isFirst, isLast, images, retracted } = entry;
    const text = retracted ?? entry.text;
    this.#entry = entry;
    const classes = { message: true, own: isOwn, first: isFirst, last: isLast, bare: !text, retracted };
    for (const [name, isSet] of Object.entries(classes)) this.element.classList.toggle(name, Boolean(isSet));
    this.element.dataset.state = entry.state ?? "";
    this.#who.textContent = `${isOwn ? "You" : this.#view.name}: `;
    this.#text.hidden = !text;
    if (this.#text.textContent !== text) this.#text.textContent = text;
    if (images.length && !this.#pictures) this.#addPictures(entry);
    if (retracted) this.#removePictures();
    this.#updateMenu(entry);
    this.#updateEnd(entry);
    this.#updateProgress(entry);
    this.#updateTrouble(entry);
  }

  /** Forgets what the browser holds for it. */
  remove() {
    this.#removePictures();
  }

  #removePictures() {
    for (const picture of this.#pictures ?? []) URL.revokeObjectURL(picture.src);
    this.#pictures?.[0]?.closest(".pictures").remove();
    this.#pictures = undefined;
  }

  /** One's own can be set right once it is stored. */
  #updateMenu({ isOwn, seq, retracted }) {
    const isChangeable = Boolean(isOwn && seq && !retracted);
    if (isChangeable === Boolean(this.#menu)) return;
    if (!isChangeable) {
      for (const part of this.#menu ?? []) part.remove();
      this.#menu = undefined;
      return;
    }
    this.#menu = menuButton([
      ["Correct…", () => this.#view.correct(this.#entry)],
      ["Retract…", () => this.#view.retract(this.#entry)],
    ]);
    this.#bubble.append(...this.#menu);
  }

  #updateEnd({ state, clock, full: sent, time, corrected, retracted }) {
    const key = `${state} ${time} ${corrected} ${retracted}`;
    if (this.#state === key) return;
    this.#state = key;
    this.#end.replaceChildren(el("time", { dateTime: time, title: sent }, clock));
    if (corrected) this.#end.prepend(el("span", { class: "corrected", title: full(corrected) }, "Corrected"));
    if (!state || retracted) return;
    const { icon: name, text } = STATES[state];
    const mark = el("span", { class: "mark", role: "img", "aria-label": text, title: text }, icon(name));
    this.#end.append(mark);
  }

  /** Images stay what they were first: one's own are shown from this machine also once they are stored. */
  #addPictures({ images, seq }) {
    this.#pictures = images.map((image, index) => this.#picture(image, index, images.length, seq));
    const list = el("div", { class: "pictures" }, ...this.#pictures.map((picture) => picture.parentElement));
    list.dataset.count = Math.min(images.length, 4);
    this.#who.after(list);
  }

  #picture(image, index, count, seq) {
    const name = count > 1 ? `Image ${index + 1} of ${count}` : "Image";
    const picture = el("img", { alt: name, decoding: "async" });
    const button = el("button", { type: "button", class: "picture" }, picture);
    button.addEventListener("click", () => this.#view.enlarge(this.#pictures, index));
    let isFresh = image instanceof Blob || Date.parse(image.expires_at) > Date.now();
    picture.addEventListener("error", async () => {
      const url = !isFresh && (await this.#freshUrl(seq, index));
      isFresh = true;
      if (url) picture.src = url;
      else button.classList.add("unshowable");
    });
    if (image instanceof Blob) picture.src = URL.createObjectURL(image);
    else if (isFresh) picture.src = image.url;
    else picture.dispatchEvent(new Event("error"));
    return picture;
  }

  async #freshUrl(seq, index) {
    const message = await this.#view.refreshImages(seq).catch(() => undefined);
    return message?.images[index]?.url;
  }

  #updateProgress({ state, pending }) {
    if (state !== "uploading") {
      this.#progress?.remove();
      this.#progress = undefined;
      return;
    }
    this.#progress ??= el("progress", { max: 1, "aria-label": "Uploading images" });
    this.#progress.value = pending.progress;
    if (!this.#progress.isConnected) this.#end.before(this.#progress);
  }

  #updateTrouble({ state, pending, isHeld }) {
    const text = pending ? trouble(pending, isHeld) : "";
    const hasFailed = state === "failed";
    // What has left may have been taken already.
    const isRecallable = hasFailed || pending?.hasLeft === false;
    this.#trouble.classList.toggle("late", !hasFailed);
    this.#trouble.classList.toggle("queued", state === "queued" && !isHeld);
    const key = `${hasFailed} ${isRecallable} ${text}`;
    if (this.#trouble.dataset.key === key) return;
    this.#trouble.dataset.key = key;
    this.#trouble.hidden = !text && !isRecallable;
    const button = (label, act) => el("button", { type: "button", class: "text-button", onclick: act }, label);
    this.#trouble.replaceChildren(el("span", {}, text));
    if (hasFailed) this.#trouble.append(button("Retry", () => this.#view.retry(pending)));
    if (isRecallable) this.#trouble.append(button("Discard", () => this.#view.discard(pending)));
  }
}

/** Why a message is still here. */
function trouble({ status, error }, isHeld) {
  if (status === "failed") return `Not sent. ${describe(error)}`;
  if (isHeld) return "Waiting for the message before it.";
  if (status === "queued" || (error && isNetwork(error))) return "Waiting for the network.";
  return error ? `Trying again. ${describe(error)}` : "";
}
