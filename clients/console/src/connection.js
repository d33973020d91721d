// What the phones do with their client beyond its own views.

const MOST_PAGES = 5;

/** Of the client's sessions that are wanted, the active one, else the one with the latest activity. */
export async function findSession(client, isWanted) {
  let found;
  let cursor;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const page = await client.listSessions({ status: "all", limit: 100, ...(cursor && { cursor }) });
    const sessions = page.sessions.filter(isWanted);
    const active = sessions.find((session) => session.status === "active");
    if (active) return active;
    found ??= sessions[0];
    cursor = page.next_cursor;
    if (!cursor) break;
  }
  return found;
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
