// The list of a person's conversations.

import { isBlank } from "/console/client/index.js";
import { arrange, el, isolated, keepFocus } from "./dom.js";
import { drawAvatar, isNetwork } from "./people.js";
import { ago, full } from "./time.js";

const TICK = 30_000;

export class InboxView {
  #root;
  #pane;
  #client;
  #status = "active";
  #rows = new Map();
  #current;
  #listeners = [];

  /** `pane` is the phone, which opens and begins conversations. */
  constructor(root, pane) {
    this.#root = root;
    this.#pane = pane;
    for (const radio of root.querySelectorAll("input")) {
      radio.name = `filter-${pane.role}`;
      radio.addEventListener("change", () => this.filter(radio.value));
    }
    this.#find(".new").addEventListener("click", () => pane.start());
    this.#find(".more").addEventListener("click", () => this.#loadMore());
    this.#find(".sessions").addEventListener("keydown", (event) => this.#step(event));
    setInterval(() => this.render(), TICK);
  }

  /** Shows the inbox of another client. */
  attach(client) {
    this.detach();
    this.#client = client;
    this.#rows.clear();
    this.#current = undefined;
    for (const status of ["active", "archived"]) {
      this.#listeners.push(client.inbox(status).on("change", () => this.#changed(status)));
    }
    this.filter("active");
  }

  detach() {
    for (const stop of this.#listeners.splice(0)) stop();
  }

  /** What waits to be read in all active conversations that are loaded. */
  get unread() {
    const sessions = this.#client?.inbox("active").sessions ?? [];
    return sessions.reduce((sum, session) => sum + session.unread_count, 0);
  }

  /** Marks the conversation that is open. */
  set current(sessionId) {
    this.#current = sessionId;
    this.render();
  }

  filter(status) {
    this.#status = status;
    this.#find(`input[value=${status}]`).checked = true;
    this.render();
    this.reload();
  }

  /** Loads what has not been loaded, such as after a start without network. */
  async reload() {
    const inbox = this.#client.inbox(this.#status);
    try {
      await inbox.open();
    } catch (error) {
      if (!isNetwork(error) && error.code !== "aborted") this.#pane.complain(error);
    }
    this.render();
  }

  /** Puts the keyboard where it was before a conversation was opened. */
  focus() {
    (this.#find("[aria-current=true]") ?? this.#find(".sessions button") ?? this.#find(".new")).focus();
  }

  render() {
    if (!this.#client) return;
    keepFocus(
      this.#root,
      () => this.#draw(),
      () => this.focus(),
    );
  }

  #draw() {
    const inbox = this.#client.inbox(this.#status);
    arrange(
      this.#find(".sessions"),
      inbox.sessions.map((session) => this.#row(session)),
    );
    const nothing = this.#find(".nothing");
    nothing.hidden = inbox.sessions.length > 0;
    nothing.textContent = inbox.isLoaded ? `No ${this.#status} conversations.` : "Loading…";
    this.#find(".more").hidden = !inbox.hasMore;
  }

  #changed(status) {
    if (status === this.#status) this.render();
    this.#pane.inboxChanged();
  }

  async #loadMore() {
    try {
      await this.#client.inbox(this.#status).loadMore();
    } catch (error) {
      this.#pane.complain(error);
    }
  }

  #row(session) {
    const isNew = !this.#rows.has(session.id);
    if (isNew) this.#rows.set(session.id, this.#newRow(session.id));
    const { item, parts } = this.#rows.get(session.id);
    const other = this.#pane.people.other(this.#pane.role, session);
    drawAvatar(parts.avatar, other);
    parts.name.replaceChildren(isolated(other.name));
    parts.time.textContent = ago(session.last_message?.created_at ?? session.created_at);
    parts.time.title = full(session.last_message?.created_at ?? session.created_at);
    parts.preview.replaceChildren(...this.#preview(session));
    parts.badge.hidden = session.unread_count === 0;
    parts.badge.replaceChildren(String(session.unread_count), el("span", { class: "visually-hidden" }, " unread"));
    item.firstChild.setAttribute("aria-current", String(session.id === this.#current));
    return item;
  }

  #newRow(id) {
    const part = (tag, name) => el(tag, { class: name });
    const parts = {
      name: part("span", "name"),
      time: part("time", "time"),
      preview: part("span", "preview"),
      badge: part("span", "badge"),
    };
    parts.avatar = el("span", { class: "avatar", "aria-hidden": "true" });
    const { avatar, name, time, preview, badge } = parts;
    const open = () => this.#pane.open(id, { focus: true });
    return {
      parts,
      item: el("li", {}, el("button", { type: "button", onclick: open }, avatar, name, time, preview, badge)),
    };
  }

  #preview({ last_message: message }) {
    if (!message) return ["No messages yet"];
    if (message.retracted_at) return ["Message retracted"];
    const images = message.image_urls.length;
    const imageText = images > 1 ? `${images} images` : "Image";
    const said = isolated(isBlank(message.content) ? imageText : message.content.trim());
    return message.sender_type === this.#pane.role ? ["You: ", said] : [said];
  }

  /** Arrow keys walk through the list. */
  #step(event) {
    const way = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    const button = way && event.target.closest("li")?.[way]?.querySelector("button");
    if (!button) return;
    event.preventDefault();
    button.focus();
  }

  #find(selector) {
    return this.#root.querySelector(selector);
  }
}
