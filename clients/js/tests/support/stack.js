// The stack that CHAT_ENDPOINTS names, people of one's own on it, and clients for them.
import { execFileSync } from "node:child_process";
import { randomInt, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import WebSocketOfNode from "ws";
import { ChatClient } from "../../src/index.js";

const file = process.env.CHAT_ENDPOINTS;

/** For `test`: without a stack, its tests are skipped. */
export const needsStack = file ? {} : { skip: "no stack: CHAT_ENDPOINTS names none" };
export const endpoints = file ? JSON.parse(readFileSync(file, "utf8")) : {};

/** The stack's people are everybody's: these are nobody else's. */
export function newPeople() {
  const id = () => 1_000_000 + randomInt(2 ** 30);
  const customer = { role: "customer", id: id(), subject: randomUUID() };
  const dentist = { role: "dentist", id: id(), subject: randomUUID() };
  for (const person of [customer, dentist]) person.email = `${person.role}-${person.subject}@example.test`;
  enter(
    `INSERT INTO assignment_customer (id, email, name, cognito_sub)
       VALUES (${customer.id}, '${customer.email}', 'The customer', '${customer.subject}');
     INSERT INTO dentist_dentist (id, email, name) VALUES (${dentist.id}, '${dentist.email}', 'The dentist');`,
  );
  return { customer, dentist };
}

function enter(sql) {
  const { hostname, port, username, password, pathname } = new URL(endpoints.jarvis_admin_url);
  const place = ["--protocol=tcp", `--host=${hostname}`, `--port=${port}`, `--ssl-ca=${endpoints.ca}`];
  const options = [...place, `--user=${username}`, pathname.slice(1)];
  const env = { ...process.env, MYSQL_PWD: decodeURIComponent(password) };
  for (const program of ["mariadb", "mysql"]) {
    try {
      execFileSync(program, options, { input: sql, env, stdio: ["pipe", "ignore", "pipe"] });
      return;
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
  }
  throw new Error("neither mariadb nor mysql is installed, which enter the tests' people");
}

export async function newToken({ role, subject, email }, claims = {}) {
  const groups = role === "dentist" ? ["dentists"] : [];
  const body = JSON.stringify({ sub: subject, email, email_verified: true, groups, ...claims });
  const answer = await fetch(`${endpoints.identity}/token`, { method: "POST", body });
  return (await answer.json()).token;
}

/** A client of this person's. */
export function newClient(person, options = {}) {
  return new ChatClient({
    httpUrl: endpoints.http_api,
    wsUrl: endpoints.ws_api,
    role: person.role,
    token: () => newToken(person),
    WebSocket: WebSocketOfNode,
    ...options,
  });
}

/** A customer, a dentist, their session, and a client for each; closed when the test is over. */
export async function newConversation(t, options = {}) {
  const { customer, dentist } = newPeople();
  const [customers, dentists] = [newClient(customer, options), newClient(dentist, options)];
  t.after(() => [customers, dentists].forEach((client) => client.close()));
  const { id } = await customers.createSession({ dentist_id: dentist.id });
  return { id, customer, dentist, customers, dentists };
}
