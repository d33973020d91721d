// What can still be done about a message that was sent: its text set right, or the whole taken back.

import { isBlank } from "/console/client/index.js";
import { dialog, el, icon } from "./dom.js";
import { describe } from "./people.js";

const WORDS = {
  too_late: "It was sent too long ago to be corrected. You can still retract it.",
  message_retracted: "It has been retracted meanwhile.",
};

/** A button that opens a menu of these acts, each a label and what to do. */
export function menuButton(acts) {
  const menu = el("div", { class: "menu", popover: "auto" });
  const button = el("button", { type: "button", class: "more", "aria-label": "Correct or retract" }, icon("more"));
  const entry = ([label, act]) => {
    const choose = () => {
      menu.hidePopover();
      act();
    };
    return el("button", { type: "button", onclick: choose }, label);
  };
  menu.append(...acts.map(entry));
  button.popoverTargetElement = menu;
  menu.addEventListener("toggle", ({ newState }) => {
    button.classList.toggle("open", newState === "open");
    if (newState !== "open") return;
    const { right, bottom, top } = button.getBoundingClientRect();
    const below = bottom + 4;
    const isRoom = below + menu.offsetHeight < innerHeight;
    menu.style.top = `${isRoom ? below : top - 4 - menu.offsetHeight}px`;
    menu.style.left = `${Math.max(8, right - menu.offsetWidth)}px`;
    menu.firstElementChild.focus();
  });
  return [button, menu];
}

/** The dialogs behind the menu. */
export class Acts {
  #correct = dialog(".correct");
  #retract = dialog(".retract");
  /** What is done once the person says so. */
  #act = async () => {};
  #doing;

  constructor() {
    this.#correct.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#do(this.#correct);
    });
    this.#retract.querySelector(".danger-button").addEventListener("click", () => this.#do(this.#retract));
  }

  /** Asks for another text; `message` is what is shown of it, and `correct` puts the new one in its place. */
  correct(role, { text, images }, correct) {
    const box = this.#correct.querySelector("textarea");
    box.value = text ?? "";
    this.#open(this.#correct, role, async () => {
      const isNothing = isBlank(box.value);
      if (isNothing && !images.length) throw new Error("A message without images needs a text. You can retract it.");
      await correct(isNothing ? "" : box.value);
    });
    box.setSelectionRange(box.value.length, box.value.length);
  }

  /** Asks whether a message is to go for good. */
  retract(role, retract) {
    this.#open(this.#retract, role, retract);
  }

  #open(sheet, role, act) {
    this.#act = act;
    sheet.dataset.role = role;
    this.#complain(sheet, "");
    sheet.showModal();
  }

  async #do(sheet) {
    const act = this.#act;
    if (act === this.#doing) return;
    this.#doing = act;
    // A button that is disabled would lose the keyboard.
    const button = sheet.querySelector("button:not([data-close])");
    button.ariaDisabled = "true";
    this.#complain(sheet, "");
    try {
      await act();
      if (act === this.#act) this.#close(sheet);
    } catch (error) {
      if (act === this.#act) this.#complain(sheet, WORDS[error.code] ?? describe(error));
    } finally {
      button.ariaDisabled = "false";
      if (act === this.#doing) this.#doing = undefined;
    }
  }

  /** The menu that had the keyboard before goes with what was retracted: the messages take it. */
  #close(sheet) {
    sheet.close();
    if (sheet === this.#retract) document.querySelector(`#phone-${sheet.dataset.role} [role=log]`).focus();
  }

  #complain(sheet, text) {
    const place = sheet.querySelector(".problem");
    place.hidden = !text;
    place.textContent = text;
  }
}
