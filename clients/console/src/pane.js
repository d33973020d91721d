// One person's phone: who it is, whether it is connected and looked at, the inbox and a conversation.

import { findSession, showConnection, stateText } from "./connection.js";
import { ConversationView } from "./conversation.js";
import { fromTemplate } from "./dom.js";
import { InboxView } from "./inbox.js";
import { describe, drawAvatar, isNetwork, otherRole, playerOf } from "./people.js";
import { Phone } from "./phone.js";
import { Toast } from "./toast.js";

const RETRY_MS = 3000;

export class Pane {
  #stage;
  #phone;
  #inbox;
  #view;
  #hasPlayer = false;
  #listeners = [];
  #toast;

  /**
   * The phone of someone with this role. `stage` has `people`, `lightbox`, `acts`, `starter`, `chosen` and
   * `bring` (someone is wanted on this or on the other phone) and `unreadChanged`.
   */
  constructor(role, stage) {
    this.role = role;
    this.people = stage.people;
    this.isReading = true;
    this.#stage = stage;
    this.element = fromTemplate("pane");
    this.element.dataset.role = role;
    this.element.id = `phone-${role}`;
    this.#label(role === "customer" ? "Customer" : "Dentist");
    this.#fillSelect();
    this.#inbox = new InboxView(this.#find(".inbox"), this);
    this.#view = new ConversationView(this.#find(".conversation"), this);
    this.#toast = new Toast(this.#find(".toast"), () => this.focus());
    this.#listen();
    setInterval(() => this.#showConnection(), 500);
  }

  /** Gives the phone to this person, to talk with `partner`: their session opens, if there is one. */
  async show(id, partner) {
    this.partner = partner;
    if (id !== this.id) this.#handOver(id);
    if (this.#view.otherId === partner) this.#view.render();
    else await this.openPair();
  }

  /** Opens the session with the partner, or invites to begin one; later, if it cannot be found out. */
  async openPair() {
    const { client, partner } = this;
    const before = this.#view.sessionId;
    const isWanted = () => client === this.client && partner === this.partner && before === this.#view.sessionId;
    try {
      const session = await findSession(client, (one) => this.#isPair(one, partner));
      if (!isWanted()) return;
      if (session?.status === "archived") this.#inbox.filter("archived");
      if (session) await this.open(session.id);
      else this.#invite();
    } catch {
      setTimeout(() => isWanted() && this.openPair(), RETRY_MS);
    }
  }

  async open(sessionId, { focus = false } = {}) {
    this.element.dataset.view = "conversation";
    this.#inbox.current = sessionId;
    const opening = this.#view.open(sessionId);
    // What was clicked may be gone before it is loaded.
    if (focus) this.focus();
    await opening;
    if (focus && sessionId === this.#view.sessionId) this.focus();
  }

  focus() {
    const isTalk = this.#find(".conversation").checkVisibility();
    (isTalk ? this.#view : this.#inbox).focus();
  }

  /** Begins a conversation, or opens the one there is. The service may refuse. */
  async begin(otherId) {
    const session = await this.client.createSession({ [`${otherRole(this.role)}_id`]: otherId });
    this.#inbox.filter("active");
    await this.open(session.id, { focus: true });
  }

  /** Asks with whom to begin a conversation. */
  start() {
    this.#stage.starter.open(this);
  }

  back() {
    this.element.dataset.view = "inbox";
    this.#inbox.focus();
  }

  filter(status) {
    this.#inbox.filter(status);
  }

  bring(id) {
    this.#stage.bring(otherRole(this.role), id);
  }

  inboxChanged() {
    this.#stage.unreadChanged(this.role, this.#inbox.unread);
    if (this.#view.sessionId !== undefined) return;
    const session = this.client.inbox("active").sessions.find((one) => this.#isPair(one, this.partner));
    if (session) this.open(session.id);
  }

  get hasNetwork() {
    return this.#phone.isOn;
  }

  /** Shows what went wrong, for a while. */
  complain(error) {
    this.#toast.show(describe(error));
  }

  say(text) {
    this.#find(".news").textContent = text;
  }

  get acts() {
    return this.#stage.acts;
  }

  enlarge = (pictures, index) => this.#stage.lightbox.open(pictures, index);

  #label(name) {
    this.element.setAttribute("aria-label", name);
    this.#find("h2").textContent = name;
    this.#find(".inbox").setAttribute("aria-label", `${name}’s inbox`);
    this.#find(".conversation").setAttribute("aria-label", `${name}’s conversation`);
  }

  #fillSelect() {
    this.#find(".role").textContent = this.role;
    const select = this.#find("select");
    for (const id of this.people.ids(this.role)) select.add(new Option(this.people.name(this.role, id), id));
    select.addEventListener("change", () => this.#stage.chosen(this.role, Number(select.value)));
  }

  #listen() {
    this.#find(".network").addEventListener("click", () => this.#switchNetwork(!this.#phone.isOn));
    this.#find(".reading").addEventListener("click", () => this.#switchReading(!this.isReading));
    this.element.addEventListener("keydown", (event) => {
      const isNarrow = this.#find(".back").offsetParent !== null;
      if (event.key === "Escape" && !event.isComposing && isNarrow && this.element.dataset.view === "conversation")
        this.back();
    });
  }

  #handOver(id) {
    this.#forget();
    this.id = id;
    const person = { role: this.role, id, name: this.people.name(this.role, id) };
    drawAvatar(this.#find(".owner .avatar"), person);
    this.#find("select").value = id;
    this.#phone = new Phone();
    this.#hasPlayer = this.role !== "customer";
    this.client = this.people.client(this.role, id, this.#phone);
    this.#listeners = [
      this.client.on("connection", () => this.#connectionChanged()),
      this.client.on("error", (error) => isNetwork(error) || this.complain(error)),
    ];
    this.element.dataset.view = "conversation";
    this.#view.clear();
    this.#inbox.attach(this.client);
    this.client.connect();
    this.#registerPlayer();
    this.#showNetwork();
  }

  #forget() {
    for (const stop of this.#listeners.splice(0)) stop();
    this.#inbox.detach();
    this.client?.close();
    this.#toast.hide();
  }

  #invite() {
    const role = otherRole(this.role);
    this.element.dataset.view = "conversation";
    this.#inbox.current = undefined;
    this.#view.invite({ role, id: this.partner, name: this.people.name(role, this.partner) });
  }

  #isPair(session, partner) {
    return session[otherRole(this.role)].id === partner;
  }

  #connectionChanged() {
    this.#showConnection();
    if (this.client.connection.status !== "online") return;
    this.#registerPlayer();
    this.#inbox.reload();
    if (this.#view.sessionId === undefined) this.openPair();
    else this.#view.reopen();
  }

  /** A phone can be pushed to once it is registered. */
  async #registerPlayer() {
    if (this.#hasPlayer) return;
    this.#hasPlayer = true;
    const { client } = this;
    try {
      await client.registerPlayer(playerOf(this.id));
    } catch {
      if (client === this.client) this.#hasPlayer = false;
    }
  }

  #switchNetwork(isOn) {
    this.#phone.switch(isOn);
    if (isOn) {
      // Not when the next try is due, but now.
      this.client.disconnect();
      this.client.connect();
    }
    this.#showNetwork();
  }

  #switchReading(isReading) {
    this.isReading = isReading;
    this.#view.isReading = isReading;
    this.#showNetwork();
  }

  #showNetwork() {
    const { isOn } = this.#phone;
    this.#find(".network").setAttribute("aria-checked", String(isOn));
    this.#find(".reading").setAttribute("aria-checked", String(this.isReading));
    this.element.classList.toggle("offline", !isOn);
    this.element.classList.toggle("away", !this.isReading);
    this.#find(".state").textContent = stateText(isOn, this.isReading);
    this.#view.render();
    this.#showConnection();
  }

  #showConnection() {
    if (this.client)
      showConnection(this.#find(".pill"), this.#phone.isOn ? this.client.connection : { status: "offline" });
  }

  #find(selector) {
    return this.element.querySelector(selector);
  }
}
