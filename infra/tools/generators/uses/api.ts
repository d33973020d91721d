// What an app writes against the client of swagger-typescript-api. It runs, with a fetch that answers by itself.
import { Api, type Message, type MessagePage, type NewMessage, type Session, SessionStatus } from "./generated.js";

const answers: Record<string, unknown> = {
  "POST /sessions": { id: 5, last_message: null },
  "GET /sessions/5": { id: 5, last_message: null },
  "PATCH /sessions/5": { id: 5, status: "archived" },
  "POST /sessions/5/messages": { seq: 1, read_at: null },
  "GET /sessions/5/messages?after=0": { messages: [], last_seq: 1 },
};

const api = new Api({
  baseUrl: "http://chat.invalid",
  securityWorker: () => ({ headers: { authorization: "Bearer token" } }),
  customFetch: async (url, init) => {
    const request = `${init?.method} ${String(url).replace("http://chat.invalid", "")}`;
    if (!(request in answers)) throw new Error(`asks for ${request}`);
    return new Response(JSON.stringify(answers[request]), { headers: { "content-type": "application/json" } });
  },
});

const draft: NewMessage = { client_message_id: "67e55044-10b1-426f-9247-bb680e5fe0c8", content: "Good morning" };
// @ts-expect-error: a message has a client_message_id
export const nameless: NewMessage = { content: "Good morning" };

const created: Session = (await api.sessions.createSession({ dentist_id: 7 })).data;
const read: Session = (await api.sessions.getSession(created.id)).data;
const archived: Session = (await api.sessions.updateSession(read.id, { status: SessionStatus.Archived })).data;
const sent: Message = (await api.sessions.sendMessage(archived.id, draft)).data;
const page: MessagePage = (await api.sessions.listMessages(5, { after: 0 })).data;

const preview: string | undefined = created.last_message?.content;
const readAt: string | null = sent.read_at;
if (preview !== undefined || readAt !== null || sent.seq !== page.last_seq) throw new Error("answers are lost");
