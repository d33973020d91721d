// What the phones do with their client beyond its own views.

const MOST = 500;

/** Of the client's sessions that are wanted, the active one, else the one with the latest activity. */
export async function findSession(client, isWanted) {
  const inbox = client.inbox("all");
  await inbox.open();
  while (inbox.hasMore && inbox.sessions.length < MOST) await inbox.loadMore();
  const sessions = inbox.sessions.filter(isWanted);
  return sessions.find((session) => session.status === "active") ?? sessions[0];
}

/** Says in `pill` how the connection is, and when the next try is due. */
export function showConnection(pill, { status, retryAt }) {
  const seconds = retryAt ? Math.max(1, Math.ceil((retryAt - Date.now()) / 1000)) : 1;
  const text = {
    offline: "Offline",
    connecting: "Connecting…",
    online: "Online",
    waiting: `Reconnecting in ${seconds} s`,
  }[status];
  pill.dataset.state = status;
  const place = pill.querySelector(".pill-text");
  if (place.textContent !== text) place.textContent = text;
}

/** What a phone says of itself above everything else. */
export function stateText(hasNetwork, isReading) {
  if (!hasNetwork) return "Offline – messages will wait";
  return isReading ? "" : "Nobody is looking – messages stay unread";
}
