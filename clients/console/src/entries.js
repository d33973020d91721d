// What a conversation shows, line by line, as data: the list is drawn from it.

import { clock, dayName, dayOf, full } from "./time.js";

const GROUP_MS = 5 * 60_000;

/**
 * The lines of a conversation for `role`, in order: days, the mark where unread messages begin
 * (before the first of the other side's beyond `unreadAfter`), messages, and those on their way.
 */
export function entries(conversation, role, unreadAfter) {
  const otherReadSeq = role === "customer" ? conversation.dentistReadSeq : conversation.customerReadSeq;
  const messages = [
    ...conversation.messages.map((message) => stored(message, role, otherReadSeq)),
    ...onTheirWay(conversation.pending),
  ];
  let isMarked = unreadAfter === undefined;
  return messages.flatMap((message, index) => {
    const before = [];
    const isNewDay = !index || dayOf(message.time) !== dayOf(messages[index - 1].time);
    if (isNewDay) before.push({ kind: "day", key: `day-${dayOf(message.time)}`, text: dayName(message.time) });
    if (!isMarked && !message.isOwn && message.seq > unreadAfter) {
      isMarked = true;
      before.push({ kind: "unread", key: "unread", text: "New messages" });
    }
    message.isFirst = before.length > 0 || !belongTogether(messages[index - 1], message);
    const next = messages[index + 1];
    message.isLast = !next || !belongTogether(message, next);
    return [...before, message];
  });
}

function stored(message, role, otherReadSeq) {
  const isOwn = message.sender_type === role;
  return {
    ...common(message, isOwn),
    seq: message.seq,
    text: message.retracted_at ? "" : message.content,
    images: message.images,
    retracted: message.retracted_at && (isOwn ? "You retracted this message." : "This message was retracted."),
    corrected: message.retracted_at ? undefined : (message.corrected_at ?? undefined),
    state: isOwn ? (message.seq <= otherReadSeq ? "read" : "sent") : undefined,
  };
}

/** One that failed holds those behind it. */
function onTheirWay(messages) {
  const failed = messages.findIndex(({ status }) => status === "failed");
  return messages.map((message, index) => {
    const isHeld = failed >= 0 && index > failed;
    return { ...common(message, true), pending: message, images: message.images, state: message.status, isHeld };
  });
}

/** A message on its way and the stored one have the same key, and so the same place. */
function common(message, isOwn) {
  return {
    kind: "message",
    key: `${isOwn ? "own" : "other"}-${message.client_message_id}`,
    isOwn,
    text: message.content,
    time: message.created_at,
    clock: clock(message.created_at),
    full: full(message.created_at),
  };
}

function belongTogether(one, next) {
  const distance = Date.parse(next.time) - Date.parse(one.time);
  return one.isOwn === next.isOwn && distance < GROUP_MS && dayOf(one.time) === dayOf(next.time);
}
