// On a narrow screen the two phones take turns behind tabs.

import { el } from "./dom.js";

const NARROW = matchMedia("(max-width: 899.98px)");

export class Tabs {
  #list = document.querySelector(".tabs");
  #tabs;
  #panes;
  #selected = "customer";

  constructor(panes) {
    this.#panes = panes;
    this.#tabs = Object.fromEntries(Object.entries(panes).map(([role, pane]) => [role, this.#tab(role, pane)]));
    this.#list.append(...Object.values(this.#tabs));
    this.#list.addEventListener("keydown", (event) => this.#step(event));
    NARROW.addEventListener("change", () => this.#show());
    this.#show();
  }

  select(role) {
    this.#selected = role;
    this.#show();
  }

  /** Says on the tab how much waits to be read there. */
  setUnread(role, count) {
    const badge = this.#tabs[role].querySelector(".badge");
    badge.hidden = count === 0;
    badge.replaceChildren(String(count), el("span", { class: "visually-hidden" }, " unread"));
  }

  #tab(role, pane) {
    const label = pane.element.getAttribute("aria-label");
    const badge = el("span", { class: "badge", hidden: true });
    const tab = el(
      "button",
      { type: "button", role: "tab", id: `tab-${role}`, "aria-controls": pane.element.id },
      `${label} `,
      badge,
    );
    tab.addEventListener("click", () => this.select(role));
    tab.dataset.role = role;
    return tab;
  }

  #show() {
    this.#list.hidden = !NARROW.matches;
    const held = document.activeElement;
    for (const [role, { element }] of Object.entries(this.#panes)) {
      const isSelected = role === this.#selected;
      this.#tabs[role].setAttribute("aria-selected", String(isSelected));
      this.#tabs[role].tabIndex = isSelected ? 0 : -1;
      element.hidden = NARROW.matches && !isSelected;
      if (NARROW.matches) element.setAttribute("role", "tabpanel");
      else element.removeAttribute("role");
      if (element.hidden && element.contains(held)) this.#tabs[this.#selected].focus();
    }
  }

  #step(event) {
    if (!["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
    event.preventDefault();
    const roles = Object.keys(this.#tabs);
    const ways = { Home: 0, End: roles.length - 1 };
    const role = roles[ways[event.key] ?? 1 - roles.indexOf(this.#selected)];
    this.select(role);
    this.#tabs[role].focus();
  }
}
