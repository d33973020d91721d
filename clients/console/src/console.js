// The console: a customer's phone and a dentist's, and the pushes between them.

import { dialog, drawIcons } from "./dom.js";
import { Acts } from "./acts.js";
import { Lightbox } from "./lightbox.js";
import { Pane } from "./pane.js";
import { People } from "./people.js";
import { Pushes } from "./pushes.js";
import { Starter } from "./starter.js";
import { Tabs } from "./tabs.js";

const FIRST = { customer: 1, dentist: 2 };

drawIcons(document.body);
const help = dialog(".help");
document.querySelector(".help-button").addEventListener("click", () => help.showModal());

const endpoints = await (await fetch("/console/endpoints.json")).json();
const people = new People(endpoints);
const stage = {
  people,
  lightbox: new Lightbox(),
  acts: new Acts(),
  starter: new Starter(),
  chosen: (role, id) => cast({ [role]: id }),
  bring: (role, id) => {
    tabs.select(role);
    cast({ [role]: id });
  },
  unreadChanged: (role, count) => tabs.setUnread(role, count),
};
const panes = { customer: new Pane("customer", stage), dentist: new Pane("dentist", stage) };
document.querySelector(".panes").append(panes.customer.element, panes.dentist.element);
const tabs = new Tabs(panes);
new Pushes(endpoints.onesignal, people, openPush);

/** Gives the phones to these people. Whom the address does not name, or wrongly, is one of the first. */
async function cast(choice) {
  const { customer, dentist } = { ...fromAddress(), ...choice };
  history.replaceState(null, "", `#customer=${customer}&dentist=${dentist}`);
  await Promise.all([panes.customer.show(customer, dentist), panes.dentist.show(dentist, customer)]);
}

function fromAddress() {
  const address = new URLSearchParams(location.hash.slice(1));
  const known = (role) => people.ids(role).find((id) => String(id) === address.get(role));
  return { customer: known("customer") ?? FIRST.customer, dentist: known("dentist") ?? FIRST.dentist };
}

async function openPush(customer, sessionId) {
  tabs.select("customer");
  if (panes.customer.id !== customer) await cast({ customer });
  await panes.customer.open(sessionId, { focus: true });
}

addEventListener("hashchange", () => cast({}));
await cast({});
