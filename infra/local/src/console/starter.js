// The dialog that asks with whom to begin a conversation.

import { dialog, el } from "./dom.js";
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
    this.#find("h2").textContent = `New conversation for ${pane.people.name(pane.role, pane.id)}`;
    this.#find(".note").textContent = NOTES[pane.role];
    this.#complain("");
    this.#find(".choices").replaceChildren(...pane.people.ids(role).map((id) => this.#choice(role, id)));
    this.#dialog.dataset.role = pane.role;
    this.#dialog.showModal();
  }

  #choice(role, id) {
    const person = { role, id, name: this.#pane.people.name(role, id) };
    const avatar = drawAvatar(el("span", { class: "avatar", "aria-hidden": "true" }), person);
    const choose = () => this.#begin(person);
    return el("li", {}, el("button", { type: "button", onclick: choose }, avatar, el("span", {}, person.name)));
  }

  async #begin({ id, name }) {
    this.#complain("");
    try {
      await this.#pane.begin(id);
      this.#dialog.close();
      // It has given the keyboard back to what opened it.
      this.#pane.focus();
    } catch (error) {
      this.#complain(`${name}: the service answers “${describe(error)}”`);
    }
  }

  #complain(text) {
    const problem = this.#find(".problem");
    problem.textContent = text;
    problem.hidden = !text;
    if (text) problem.scrollIntoView({ block: "nearest" });
  }

  #find(selector) {
    return this.#dialog.querySelector(selector);
  }
}
