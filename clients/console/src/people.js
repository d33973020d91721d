// The demo's people, and how each of them logs in.

import { ChatClient } from "/console/client/index.js";

const PLAYER = "c0de0000-0000-4000-8000-";

export const otherRole = (role) => (role === "customer" ? "dentist" : "customer");

export class People {
  #names;
  #endpoints;

  constructor(endpoints) {
    this.#endpoints = endpoints;
    this.#names = new Map();
    for (const { role, id, name } of endpoints.people) this.#names.set(`${role}-${id}`, name);
  }

  /** The ids of everyone with this role. */
  ids(role) {
    return this.#endpoints.people.filter((person) => person.role === role).map((person) => person.id);
  }

  name(role, id) {
    return this.#names.get(`${role}-${id}`) ?? `${role === "customer" ? "Customer" : "Dentist"} ${id}`;
  }

  /** The other side of a session: whom `role` talks with. */
  other(role, session) {
    const side = otherRole(role);
    const { id, name } = session[side];
    return { role: side, id, name: name ?? this.name(side, id) };
  }

  /** A client on this phone for this person. */
  client(role, id, phone) {
    return new ChatClient({
      httpUrl: location.origin,
      wsUrl: this.#endpoints.ws_api,
      role,
      token: () => this.#token(role, id, phone),
      fetch: phone.fetch,
      WebSocket: phone.WebSocket,
    });
  }

  async #token(role, id, phone) {
    const claims = {
      sub: `${role}-${id}`,
      email: `${role}${id}@example.test`,
      groups: role === "dentist" ? ["dentists"] : [],
    };
    const request = { method: "POST", body: JSON.stringify(claims) };
    const answer = await phone.fetch(`${this.#endpoints.identity}/token`, request);
    if (!answer.ok) throw new Error(`The identity provider answers ${answer.status}.`);
    return (await answer.json()).token;
  }
}

/** The push player of a demo customer's phone: always the same. */
export const playerOf = (customer) => PLAYER + String(customer).padStart(12, "0");

/** Whose phone a player is; undefined for one that is not of the demo. */
export function customerOf(player) {
  return player?.startsWith(PLAYER) ? Number(player.slice(PLAYER.length)) : undefined;
}

/** Initials on a color of their own. */
export function drawAvatar(place, person) {
  const words = person.name.replace(/^Dr\.\s+/, "").split(/[\s-]+/);
  const initials = [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...word][0] ?? "");
  place.textContent = initials.join("").toUpperCase();
  place.style.setProperty("--hue", (person.id * 47 + (person.role === "dentist" ? 235 : 160)) % 360);
  return place;
}

/** Whether nobody answered: a phone without network gets no token either. */
export const isNetwork = (error) => ["network", "token"].includes(error?.code);

/** What went wrong, for people. */
export function describe(error) {
  if (isNetwork(error)) return "No network: the service cannot be reached.";
  const wait = error?.retryAfter ? ` Try again in ${Math.ceil(error.retryAfter / 1000)} s.` : "";
  return `${error?.message ?? error}${wait}`;
}
