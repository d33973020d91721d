// What an app writes against the types of openapi-typescript.
import type { components, paths } from "./generated.js";

type Schemas = components["schemas"];
type Messages = paths["/sessions/{session_id}/messages"];
type Page = Messages["get"]["responses"][200]["content"]["application/json"];
type Refusal = Messages["post"]["responses"][422]["content"]["application/problem+json"];

const id = "67e55044-10b1-426f-9247-bb680e5fe0c8";

export const text: Schemas["NewMessage"] = { client_message_id: id, content: "Good morning" };
export const image: Schemas["NewMessage"] = { client_message_id: id, image_urls: ["a.jpg"] };
// @ts-expect-error: a message has a client_message_id
export const nameless: Schemas["NewMessage"] = { content: "Good morning" };

export const byCustomer: Schemas["NewSession"] = { dentist_id: 7 };
export const byDentist: Schemas["NewSession"] = { customer_id: 42 };
// @ts-expect-error: an id is a number
export const byName: Schemas["NewSession"] = { dentist_id: "7" };

export const query: Messages["get"]["parameters"]["query"] = { after: 3 };

export function lastRead(page: Page): string | null {
  const last: Schemas["Message"] | undefined = page.messages[page.messages.length - 1];
  return last === undefined ? null : last.read_at;
}

export function preview(session: Schemas["Session"]): string {
  // @ts-expect-error: a session may have no message yet
  session.last_message.content;
  return session.last_message?.content ?? session.dentist.name ?? "";
}

export function explain(problem: Refusal): string {
  switch (problem.code) {
    case "image_invalid":
    case "image_not_found":
      return "image";
    // @ts-expect-error: a send is not refused with this one
    case "forbidden":
      return "";
    default:
      return problem.detail;
  }
}
