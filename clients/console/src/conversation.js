// The conversation side of a phone: one that is open, or an invitation to begin one.

import { Composer } from "./composer.js";
import { icon, isolated, keepFocus } from "./dom.js";
import { drawAvatar, isNetwork, otherRole } from "./people.js";
import { Thread } from "./thread.js";

export class ConversationView {
  #root;
  #pane;
  #thread;
  #composer;
  #conversation;
  #welcomeAction = () => {};
  #stop = () => {};

  /** `pane` is the phone: who has it, whom they talk with, its client and its network. */
  constructor(root, pane) {
    this.#root = root;
    this.#pane = pane;
    this.#thread = new Thread(root.querySelector(".thread"), pane);
    this.#composer = new Composer(root.querySelector(".composer"), root, () => this.#thread.answered());
    this.#find(".back").addEventListener("click", () => pane.back());
    this.#find(".archive").addEventListener("click", () => this.#toggleArchived());
    this.#find(".closed button").addEventListener("click", () => this.#begin(this.#other().id));
    this.#find(".elsewhere button").addEventListener("click", () => pane.bring(this.#other().id));
    this.#find(".welcome button").addEventListener("click", () => this.#welcomeAction());
  }

  /** Opens a session, unless another one is wanted meanwhile. */
  async open(sessionId) {
    const conversation = this.#pane.client.conversation(sessionId);
    this.#leave();
    this.#conversation = conversation;
    this.#stop = conversation.on("change", () => this.render());
    if (!conversation.session) this.#welcome(["Loading…"]);
    try {
      await conversation.open();
    } catch (error) {
      if (conversation === this.#conversation) this.#unopened(error, sessionId);
      return;
    }
    if (conversation !== this.#conversation) return;
    this.#find(".welcome").hidden = true;
    this.#find(".thread").hidden = false;
    this.render();
    this.#thread.show(conversation, this.#other());
  }

  /** Tries again what could not be opened. */
  async reopen() {
    const conversation = this.#conversation;
    if (conversation && this.#find(".thread").hidden) await this.open(conversation.sessionId);
  }

  /** There is no session with `person` yet. */
  invite(person) {
    this.#leave();
    const isCustomer = this.#pane.role === "customer";
    this.#head(person, "No conversation yet");
    const text = isCustomer
      ? "Ask a question, describe what hurts, send a photo."
      : "A dentist answers: the customer writes first. Begin on the customer’s phone, and it appears here.";
    const action = isCustomer && {
      label: ["Start a conversation with ", isolated(person.name)],
      act: () => this.#begin(person.id),
    };
    const name = isolated(person.name);
    this.#welcome(isCustomer ? ["Say hello to ", name] : [name, " has not written yet"], text, action);
  }

  get sessionId() {
    return this.#conversation?.sessionId;
  }

  /** With whom the open conversation is. */
  get otherId() {
    return this.#conversation?.session && this.#other().id;
  }

  set isReading(isReading) {
    this.#thread.isReading = isReading;
  }

  /** Takes the keyboard, with what there is: where to write, to begin anew, the way back, or the view itself. */
  focus() {
    if (!this.#find(".composer").hidden) return this.#composer.focus();
    const places = [this.#find(".closed button"), this.#find(".back")];
    (places.find((place) => place.checkVisibility()) ?? this.#root).focus();
  }

  clear() {
    this.#leave();
    this.#head(undefined, "");
    this.#welcome(["Loading…"]);
  }

  render() {
    const session = this.#conversation?.session;
    if (!session || this.#find(".thread").hidden) return;
    keepFocus(
      this.#root,
      () => this.#draw(session),
      () => this.focus(),
    );
  }

  #draw(session) {
    const isArchived = session.status === "archived";
    const other = this.#other();
    this.#head(other, this.#subtitle(session));
    this.#root.classList.toggle("stale", this.#conversation.isStale);
    this.#archiveButton(isArchived);
    this.#find(".closed").hidden = !isArchived;
    this.#find(".closed span").textContent = "This conversation is archived. It can be read, but not continued.";
    this.#composer.write(isArchived ? undefined : this.#conversation);
    const isElsewhere = this.#pane.partner !== other.id;
    this.#find(".elsewhere").hidden = !isElsewhere;
    this.#find(".elsewhere span").textContent = "Not on the other phone.";
    this.#find(".elsewhere button").replaceChildren("Show ", isolated(other.name));
  }

  #subtitle(session) {
    if (this.#conversation.otherIsTyping) return "typing…";
    if (session.status === "archived") return "Archived";
    if (this.#conversation.isStale) return this.#staleness();
    return otherRole(this.#pane.role) === "dentist" ? "Dentist" : "Customer";
  }

  #staleness() {
    if (!this.#pane.hasNetwork) return "As of when the network went";
    return this.#pane.client.connection.status === "online" ? "Catching up…" : "No live connection";
  }

  #head(other, subtitle) {
    this.#find(".with h3").replaceChildren(isolated(other?.name ?? ""));
    this.#find(".with p").textContent = subtitle;
    this.#find(".talk .avatar").hidden = !other;
    if (other) drawAvatar(this.#find(".talk .avatar"), other);
  }

  #archiveButton(isArchived) {
    const button = this.#find(".archive");
    button.hidden = this.#pane.role !== "dentist";
    const label = isArchived ? "Reopen" : "Archive";
    if (button.textContent !== label) button.replaceChildren(icon("archive"), label);
  }

  async #begin(otherId) {
    try {
      await this.#pane.begin(otherId);
    } catch (error) {
      this.#pane.complain(error);
    }
  }

  async #toggleArchived() {
    const { session } = this.#conversation;
    const status = session.status === "archived" ? "active" : "archived";
    try {
      await this.#pane.client.updateSession(session.id, { status });
      this.#pane.filter(status);
    } catch (error) {
      this.#pane.complain(error);
    }
  }

  #unopened(error, sessionId) {
    const isAway = isNetwork(error);
    const title = isAway ? "No network" : "This conversation could not be opened";
    const text = isAway ? "It opens as soon as the network is back." : error.message;
    this.#welcome([title], text, { label: ["Try again"], act: () => this.#pane.open(sessionId, { focus: true }) });
  }

  #welcome(title, text = "", action = undefined) {
    const place = this.#find(".welcome");
    place.hidden = false;
    place.querySelector("h3").replaceChildren(...title);
    place.querySelector("p").textContent = text;
    const button = place.querySelector("button");
    button.hidden = !action;
    button.replaceChildren(...(action ? action.label : []));
    this.#welcomeAction = action ? action.act : () => {};
    this.#find(".thread").hidden = true;
  }

  #leave() {
    this.#stop();
    this.#stop = () => {};
    this.#composer.write(undefined);
    this.#thread.clear();
    this.#conversation = undefined;
    for (const name of [".thread", ".closed", ".elsewhere", ".archive"]) this.#find(name).hidden = true;
    this.#root.classList.remove("stale");
  }

  #other() {
    return this.#pane.people.other(this.#pane.role, this.#conversation.session);
  }

  #find(selector) {
    return this.#root.querySelector(selector);
  }
}
