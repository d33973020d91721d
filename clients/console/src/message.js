// One message of the list.

import { el, icon } from "./dom.js";
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
  #end = el("span", { class: "end" });
  #trouble = el("div", { class: "trouble", hidden: true });
  #pictures;
  #progress;
  #state;
  #view;

  /** `view` has the other side's `name`, and `retry`, `discard`, `refreshImages` and `enlarge`. */
  constructor(entry, view) {
    this.#view = view;
    this.#bubble.append(this.#who);
    if (entry.text) this.#bubble.append(el("p", { class: "text", dir: "auto" }, entry.text));
    this.#bubble.append(this.#end);
    this.element.append(this.#bubble, this.#trouble);
  }

  /** What must be on the screen for the message to be read. */
  get end() {
    return this.#end;
  }

  update(entry) {
    const { isOwn, isFirst, isLast, text, images } = entry;
    const classes = { message: true, own: isOwn, first: isFirst, last: isLast, bare: !text };
    for (const [name, isSet] of Object.entries(classes)) this.element.classList.toggle(name, isSet);
    this.element.dataset.state = entry.state ?? "";
    this.#who.textContent = `${isOwn ? "You" : this.#view.name}: `;
    if (images.length && !this.#pictures) this.#addPictures(entry);
    this.#updateEnd(entry);
    this.#updateProgress(entry);
    this.#updateTrouble(entry);
  }

  /** Forgets what the browser holds for it. */
  remove() {
    for (const picture of this.#pictures ?? []) URL.revokeObjectURL(picture.src);
  }

  #updateEnd({ state, clock, full, time }) {
    const key = `${state} ${time}`;
    if (this.#state === key) return;
    this.#state = key;
    this.#end.replaceChildren(el("time", { dateTime: time, title: full }, clock));
    if (!state) return;
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

  #updateTrouble({ state, pending }) {
    const text = pending ? trouble(pending) : "";
    const hasFailed = state === "failed";
    // What has left may have been taken already.
    const isRecallable = hasFailed || pending?.hasLeft === false;
    this.#trouble.classList.toggle("late", !hasFailed);
    this.#trouble.classList.toggle("queued", state === "queued");
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
function trouble({ status, error }) {
  if (status === "failed") return `Not sent. ${describe(error)}`;
  if (status === "queued" || (error && isNetwork(error))) return "Waiting for the network.";
  return error ? `Trying again. ${describe(error)}` : "";
}
