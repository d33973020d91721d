// The dialog that asks with whom to begin a conversation.

import { dialog, el, isolated } from "./dom.js";
import { describe, drawAvatar, otherRole } from "./people.js";

const NOTES = {
  customer: "A customer may write to any dentist.",
  dentist:
    "A dentist may begin only with customers who have written to them before. Try others to see the service refuse.",
};

export class Starter {
  #dialog = dialog(".start");
  #pane;

  /** Asks the person whose phone this is. */
  open(pane) {
    this.#pane = pane;
    const role = otherRole(pane.role);
    const name = pane.people.name(pane.role, pane.id);
    this.#find("h2").replaceChildren("New conversation for ", isolated(name));
    this.#find(".note").textContent = NOTES[pane.role];
    this.#complain();
    this.#find(".choices").replaceChildren(...pane.people.ids(role).map((id) => this.#choice(role, id)));
    this.#dialog.dataset.role = pane.role;
    this.#dialog.showModal();
  }

  #choice(role, id) {
    const person = { role, id, name: this.#pane.people.name(role, id) };
    const avatar = drawAvatar(el("span", { class: "avatar", "aria-hidden": "true" }), person);
    const choose = () => this.#begin(person);
    return el("li", {}, el("button", { type: "button", onclick: choose }, avatar, isolated(person.name)));
  }

  async #begin({ id, name }) {
    this.#complain();
    try {
      await this.#pane.begin(id);
      this.#dialog.close();
      // It has given the keyboard back to what opened it.
      this.#pane.focus();
    } catch (error) {
      this.#complain(isolated(name), `: the service answers “${describe(error)}”`);
    }
  }

  #complain(...text) {
    const problem = this.#find(".problem");
    problem.replaceChildren(...text);
    problem.hidden = text.length === 0;
    if (text.length) problem.scrollIntoView({ block: "nearest" });
  }

  #find(selector) {
    return this.#dialog.querySelector(selector);
  }
}
