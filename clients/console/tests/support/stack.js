// The stack that CHAT_ENDPOINTS names, and the demo's people, as they reach it without a page.

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

const file = process.env.CHAT_ENDPOINTS;
const MOST_MESSAGES = 100;
const PLAYER = "c0de0000-0000-4000-8000-";

/** For `test`: without a stack, its tests are skipped. */
export const needsStack = file ? {} : { skip: "no stack: CHAT_ENDPOINTS names none" };
export const endpoints = file ? JSON.parse(readFileSync(file, "utf8")) : {};
const known = file ? (await (await fetch(`${endpoints.console}/endpoints.json`)).json()).people : [];

/** Someone of the demo. */
export class Person {
  #token;

  constructor(role, id) {
    this.role = role;
    this.id = id;
    this.name = known.find((person) => person.role === role && person.id === id)?.name;
  }

  /** The push player of a customer's phone, as the page has it. */
  get player() {
    return PLAYER + String(this.id).padStart(12, "0");
  }

  /** Asks the service for something, as this person; it must not refuse. */
  async call(method, path, body) {
    const headers = { authorization: `Bearer ${await this.token()}` };
    const response = await fetch(endpoints.http_api + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} is answered ${response.status}: ${text}`);
    return text && JSON.parse(text);
  }

  token() {
    return (this.#token ??= this.#newToken());
  }

  post(session, content) {
    return this.call("POST", `/sessions/${session}/messages`, { client_message_id: randomUUID(), content });
  }

  /** The session as the service has it now, with all its messages. */
  async fetch(session) {
    const messages = [];
    let page;
    do {
      const query = `limit=${MOST_MESSAGES}&after=${messages.at(-1)?.seq ?? 0}`;
      page = await this.call("GET", `/sessions/${session}/messages?${query}`);
      messages.push(...page.messages);
    } while (page.has_more_after);
    return { ...(await this.call("GET", `/sessions/${session}`)), messages };
  }

  async #newToken() {
    const { role, id } = this;
    const groups = role === "dentist" ? ["dentists"] : [];
    const claims = { sub: `${role}-${id}`, email: `${role}${id}@example.test`, groups };
    const answer = await fetch(`${endpoints.identity}/token`, { method: "POST", body: JSON.stringify(claims) });
    return (await answer.json()).token;
  }
}

/** Archives what the two may have said to each other before. */
export async function endSession(customer, dentist) {
  const { sessions } = await customer.call("GET", "/sessions?status=active&limit=100");
  const open = sessions.find((session) => session.dentist.id === dentist.id);
  if (open) await dentist.call("PATCH", `/sessions/${open.id}`, { status: "archived" });
}

/** Gives the id of a session of theirs in which nothing has been said. */
export async function newSession(customer, dentist) {
  await endSession(customer, dentist);
  return (await customer.call("POST", "/sessions", { dentist_id: dentist.id })).id;
}

/** The id of their active session. */
export async function activeSession(customer, dentist) {
  // Answered with the one there is.
  return (await customer.call("POST", "/sessions", { dentist_id: dentist.id })).id;
}

/** A customer with whom this dentist never had a session. */
export async function strangerOf(dentist) {
  const { sessions } = await dentist.call("GET", "/sessions?status=all&limit=100");
  const met = sessions.map(({ customer }) => customer.id);
  return known.find(({ role, id }) => role === "customer" && !met.includes(id));
}

/** What the push provider got about a session. */
export async function pushesOf(session) {
  const { received } = await (await fetch(`${endpoints.console}/onesignal/received`)).json();
  return received.map(({ body }) => body).filter(({ data }) => data?.session_id === session);
}
