// The messages of the open conversation: history above, what arrives below.

import { arrange, el, icon, keepFocus } from "./dom.js";
import { entries } from "./entries.js";
import { MessageItem } from "./message.js";
import { otherRole } from "./people.js";
import { ReadMarks } from "./read-marks.js";
import { Scroll } from "./scroll.js";

export class Thread {
  #root;
  #box;
  #list;
  #latest;
  #pane;
  #scroll;
  #marks;
  #conversation;
  #other;
  #lines = new Map();
  /** What is beyond this `seq` begins with a line that says it is new. */
  #unreadAfter;
  #missed = 0;
  #isLive = false;
  #isLoading = false;
  #problem;
  #stop = [];

  /** `pane` is the phone that it is on. */
  constructor(root, pane) {
    this.#root = root;
    this.#pane = pane;
    this.#box = root.querySelector(".messages");
    this.#list = root.querySelector("ol");
    this.#latest = root.querySelector(".latest");
    this.#latest.addEventListener("click", () => {
      this.#scroll.toEnd();
      this.#box.focus({ preventScroll: true });
    });
    this.#scroll = new Scroll(this.#box, this.#list, () => this.#moved());
    this.#marks = new ReadMarks((seq) => this.#conversation?.displayed(seq));
  }

  /** Shows an opened conversation with `other`. */
  show(conversation, other) {
    this.clear();
    this.#conversation = conversation;
    this.#other = other;
    this.#box.setAttribute("aria-label", `Messages with ${other.name}`);
    this.#unreadAfter = this.#isUnread() || !this.#pane.isReading ? this.#ownMark : undefined;
    this.#stop = [
      conversation.on("change", () => this.#render()),
      conversation.on("message", (message) => this.#arrived(message)),
    ];
    this.#render();
    const unread = this.#lines.get("unread");
    this.#scroll.toEnd();
    if (unread) this.#scroll.toLine(unread);
    this.#isLive = true;
    this.#moved();
  }

  clear() {
    for (const stop of this.#stop.splice(0)) stop();
    for (const line of this.#lines.values()) line.remove?.();
    this.#lines.clear();
    this.#marks.clear();
    this.#list.replaceChildren();
    this.#conversation = undefined;
    this.#isLive = false;
    this.#missed = 0;
    this.#problem = undefined;
  }

  set isReading(isReading) {
    this.#marks.isReading = isReading;
    if (!isReading) this.#unreadAfter = this.#ownMark;
    else if (!this.#lines.has("unread")) this.#unreadAfter = undefined;
  }

  /** The person has answered: nothing is new to them, and they look at the end. */
  answered() {
    this.#unreadAfter = undefined;
    this.#render();
    this.#scroll.toEnd();
  }

  #render() {
    keepFocus(
      this.#box,
      () => this.#draw(),
      () => this.#box.focus({ preventScroll: true }),
    );
    this.#moved();
  }

  #draw() {
    const all = entries(this.#conversation, this.#pane.role, this.#unreadAfter);
    this.#scroll.hold(() => {
      const lines = all.map((entry) => this.#line(entry));
      if (this.#conversation.hasMoreBefore) lines.unshift(this.#beginning());
      if (this.#conversation.otherIsTyping) lines.push(this.#typing());
      this.#forget(new Set(lines));
      arrange(this.#list, lines);
    });
  }

  #line(entry) {
    const known = this.#lines.get(entry.key);
    if (entry.kind !== "message") {
      return known ?? this.#keep(entry.key, el("li", { class: entry.kind }, el("span", {}, entry.text)));
    }
    const item = known ?? this.#keep(entry.key, this.#newItem(entry));
    item.update(entry);
    if (entry.seq && !entry.isOwn && entry.seq > this.#ownMark) this.#marks.expect(item.end, entry.seq);
    return item.element;
  }

  #newItem(entry) {
    const item = new MessageItem({
      name: this.#other.name,
      retry: (pending) => this.#conversation.retry(pending),
      discard: (pending) => this.#conversation.discard(pending),
      refreshImages: (seq) => this.#conversation.refreshImages(seq),
      enlarge: this.#pane.enlarge,
      correct: (shown) => this.#correct(shown),
      retract: ({ seq }) => this.#pane.acts.retract(this.#pane.role, () => this.#conversation.retract(seq)),
    });
    item.element.dataset.stays = "";
    const isLatest = entry.pending || entry.seq === this.#conversation.messages.at(-1)?.seq;
    item.element.classList.toggle("fresh", this.#isLive && isLatest);
    return item;
  }

  #correct(shown) {
    const { acts, role } = this.#pane;
    const conversation = this.#conversation;
    acts.correct(role, shown, (content) => conversation.correct(shown.seq, content));
  }

  #keep(key, line) {
    this.#lines.set(key, line);
    return line;
  }

  /** Lets go of lines that are not shown any more. */
  #forget(shown) {
    for (const [key, line] of this.#lines) {
      if (shown.has(line.element ?? line)) continue;
      line.remove();
      this.#lines.delete(key);
    }
  }

  /** Above the first message: more is being loaded, or could not be. */
  #beginning() {
    const line = this.#lines.get("beginning") ?? this.#keep("beginning", el("li", { class: "beginning" }));
    const again = () => this.#loadBefore();
    line.replaceChildren(
      this.#problem
        ? el(
            "button",
            { type: "button", class: "text-button", onclick: again },
            "Earlier messages could not be loaded. Try again",
          )
        : el("span", {}, "Loading earlier messages…"),
    );
    return line;
  }

  #typing() {
    const dots = el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
    const text = el("span", { class: "visually-hidden" }, `${this.#other.name} is typing`);
    return (
      this.#lines.get("typing") ??
      this.#keep("typing", el("li", { class: "typing" }, el("div", { class: "bubble" }, dots, text)))
    );
  }

  #arrived(message) {
    if (message.sender_type !== otherRole(this.#pane.role)) return;
    this.#pane.say(`${this.#other.name}: ${message.content || "Image"}`);
    if (this.#scroll.isAtEnd) return;
    this.#missed += 1;
    this.#moved();
  }

  #moved() {
    if (!this.#conversation) return;
    if (this.#scroll.isAtEnd) this.#missed = 0;
    const text = this.#missed === 0 ? "Latest messages" : `${this.#missed} new message${this.#missed > 1 ? "s" : ""}`;
    this.#latest.hidden = this.#scroll.isAtEnd;
    if (this.#latest.textContent !== text) this.#latest.replaceChildren(text, icon("down"));
    if (this.#isLive && this.#scroll.isNearStart && !this.#problem) this.#loadBefore();
  }

  async #loadBefore() {
    if (this.#isLoading || !this.#conversation.hasMoreBefore) return;
    const conversation = this.#conversation;
    this.#isLoading = true;
    this.#problem = undefined;
    try {
      await conversation.loadBefore();
    } catch (error) {
      if (conversation === this.#conversation) this.#problem = error;
    } finally {
      this.#isLoading = false;
    }
    if (conversation === this.#conversation) this.#render();
  }

  #isUnread() {
    const isNew = (message) => message.sender_type !== this.#pane.role && message.seq > this.#ownMark;
    return this.#conversation.messages.some(isNew);
  }

  get #ownMark() {
    const conversation = this.#conversation;
    return this.#pane.role === "customer" ? conversation?.customerReadSeq : conversation?.dentistReadSeq;
  }
}
