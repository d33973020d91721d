/** What the service says: sessions, messages, answers, frames and errors. */

export type Role = "customer" | "dentist";
export type SessionStatus = "active" | "archived";
export type ImageType = "image/jpeg" | "image/png" | "image/webp" | "image/heic";

export interface Participant {
  id: number;
  /** Null while the directory of names cannot be asked. */
  name: string | null;
}

/** A conversation, as the caller's side sees it. */
export interface Session {
  id: number;
  status: SessionStatus;
  customer: Participant;
  dentist: Participant;
  created_at: string;
  updated_at: string;
  last_seq: number;
  last_message: Message | null;
  unread_count: number;
  customer_read_seq: number;
  dentist_read_seq: number;
}

/** A stored message; `seq` counts 1, 2, 3, … within its session, without gaps. */
export interface Message {
  id: number;
  session_id: number;
  seq: number;
  sender_type: Role;
  sender_id: number;
  content: string;
  /** The images' keys. */
  image_urls: string[];
  /** Where the images can be fetched until `expires_at`. */
  images: { key: string; url: string; expires_at: string }[];
  client_message_id: string;
  created_at: string;
  is_read: boolean;
  read_at: string | null;
  /** When its text was last replaced. */
  corrected_at: string | null;
  /** When it was taken back: its text and images are gone. */
  retracted_at: string | null;
}

export interface SessionPage {
  sessions: Session[];
  next_cursor: string | null;
}

export interface MessagePage {
  messages: Message[];
  has_more_before: boolean;
  has_more_after: boolean;
  last_seq: number;
  customer_read_seq: number;
  dentist_read_seq: number;
}

export interface Changes {
  changes: {
    session: Session;
    /** New or changed, ascending; the session's newest if `truncated`. */
    messages: Message[];
    truncated: boolean;
  }[];
  next: string;
  has_more: boolean;
  unread_total: number;
}

export interface ReadMark {
  session_id: number;
  up_to_seq: number;
  marked: number;
  unread_count: number;
}

export interface Upload {
  key: string;
  method: string;
  url: string;
  headers: Record<string, string>;
  expires_at: string;
}

export interface Player {
  id: number;
  customer_id: number;
  onesignal_player_id: string;
  created_at: string;
  updated_at: string;
}

/** Frames from the server. Unknown types are passed over. */
export type Frame =
  | { type: "message.created"; session_id: number; seq: number; message: Message }
  | { type: "message.updated"; session_id: number; seq: number; message: Message }
  | {
      type: "messages.read";
      session_id: number;
      reader: Role;
      up_to_seq: number;
      /** Not in what the client makes of the answer to its own request. */
      read_at?: string;
      /** What is left to the reader; only in the reader's own frames. */
      unread_count?: number;
    }
  | { type: "session.created"; session: Session }
  | { type: "session.updated"; session: Session }
  | { type: "typing"; session_id: number; sender_type: Role; typing: boolean; expires_at: string }
  | { type: "pong"; connection_id?: string }
  | { type: "error"; status: number; code: string; detail: string; retryable: boolean };

/** Anything that can be told of a failure: a problem document, the gateway's refusal, or no answer. */
export class ChatError extends Error {
  private constructor();
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  /**
   * The problem's stable code; where there is none, `network` (no answer), `token` (the token callback
   * failed), `image_unreadable` (the file cannot be read, or is damaged), `upload_refused` (by the object store),
   * `storage` (the host's), `aborted`, `signed_out`, or `http_<status>`.
   */
  readonly code: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** How long the server wants to be left alone, in milliseconds: up to 15 minutes, whatever it says. */
  readonly retryAfter: number | undefined;
  readonly requestId: string | undefined;
  /** Which fields were refused, for `invalid_request`. */
  readonly errors: { field: string; reason: string }[];
}
