// The pushes that the customers' phones got, as the push provider's stand-in has recorded them.

import { arrange, el, icon, isolated, keepFocus } from "./dom.js";
import { customerOf, drawAvatar } from "./people.js";
import { ago, full } from "./time.js";

const POLL_MS = 2000;
const PAUSE_MS = 10_000;
const MOST = 30;

export class Pushes {
  #root;
  #url;
  #people;
  #onOpen;
  #cards = new Map();
  #seen = new Set();
  #isFirst = true;

  /** `onOpen` is told the customer and the session of a push that was clicked. */
  constructor(url, people, onOpen) {
    this.#root = document.querySelector(".pushes");
    this.#url = `${url}/received`;
    this.#people = people;
    this.#onOpen = onOpen;
    const title = this.#find("h2 button");
    title.addEventListener("click", () => this.#unfold(title.getAttribute("aria-expanded") !== "true"));
    this.#unfold(innerWidth >= 900);
    this.#show();
    this.#poll();
  }

  async #poll() {
    let pause = POLL_MS;
    try {
      if (document.visibilityState === "visible") await this.#fetch();
    } catch {
      pause = PAUSE_MS;
      this.#empty("The push provider cannot be reached.");
    }
    setTimeout(() => this.#poll(), pause);
  }

  async #fetch() {
    const answer = await fetch(this.#url);
    const { received } = await answer.json();
    const fresh = received.filter((attempt) => this.#isNew(attempt));
    const latest = fresh.at(-1);
    if (latest && !this.#isFirst) {
      const name = this.#people.name("customer", customerOf(latest.body.include_subscription_ids[0]));
      this.#find("[aria-live]").textContent = `Push for ${name}: ${latest.body.contents.en}`;
    }
    keepFocus(
      this.#root,
      () => {
        for (const { at, body } of fresh) this.#take(at, body);
        this.#show();
      },
      () => this.#find("h2 button").focus(),
    );
    this.#isFirst = false;
  }

  /** Whether a phone of the demo got this, and for the first time: a repetition has the same key. */
  #isNew({ status, body }) {
    const isAccepted = status >= 200 && status < 300;
    if (!isAccepted || this.#seen.has(body.idempotency_key)) return false;
    const isOurs = customerOf(body.include_subscription_ids?.[0]) !== undefined;
    if (isOurs) this.#seen.add(body.idempotency_key);
    return isOurs;
  }

  /** A phone shows one notification for each session: the newest takes the place of the one before. */
  #take(at, body) {
    const customer = customerOf(body.include_subscription_ids[0]);
    const key = `${customer}/${body.collapse_id}`;
    this.#cards.get(key)?.element.remove();
    this.#cards.delete(key);
    this.#cards.set(key, { at, element: this.#card(at, body, customer) });
    if (this.#cards.size > MOST) this.#cards.delete(this.#cards.keys().next().value);
  }

  #card(at, body, customer) {
    const person = { role: "customer", id: customer, name: this.#people.name("customer", customer) };
    const badge = el(
      "span",
      { class: "badge" },
      String(body.ios_badgeCount),
      el("span", { class: "visually-hidden" }, " unread"),
    );
    const app = el("span", { class: "app" }, icon("message"), badge);
    const heading = el("span", { class: "heading" }, body.headings?.en ?? "");
    const time = el("time", { dateTime: at, title: full(at) }, ago(at));
    const avatar = drawAvatar(el("span", { class: "avatar", "aria-hidden": "true" }), person);
    const whose = el("span", { class: "whose" }, avatar, el("span", {}, isolated(person.name), "’s phone"));
    const open = () => this.#onOpen(customer, body.data.session_id);
    const button = el(
      "button",
      { type: "button", onclick: open },
      app,
      heading,
      time,
      el("span", { class: "text" }, body.contents.en),
      whose,
    );
    return el("li", { class: this.#isFirst ? "card" : "card fresh" }, button);
  }

  #show() {
    const cards = [...this.#cards.values()].reverse();
    arrange(
      this.#find(".cards"),
      cards.map((card) => card.element),
    );
    for (const { at, element } of cards) element.querySelector("time").textContent = ago(at);
    const count = this.#find(".count");
    count.hidden = cards.length === 0;
    count.textContent = String(cards.length);
    this.#empty(cards.length ? "" : "None yet. Switch the customer’s Network off and write to them as the dentist.");
  }

  #empty(text) {
    const place = this.#find(".pushes-empty");
    place.textContent = text;
    place.hidden = !text;
  }

  #unfold(isOpen) {
    this.#find("h2 button").setAttribute("aria-expanded", String(isOpen));
    this.#root.classList.toggle("folded", !isOpen);
  }

  #find(selector) {
    return this.#root.querySelector(selector);
  }
}
