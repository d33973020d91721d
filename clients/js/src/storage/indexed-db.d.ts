import type { ChatStorage } from "../index.js";

/**
 * A storage in the browser's IndexedDB: a database of this name, which is made when it is first of use.
 * Two users of a browser need two names. Who signs out and wants nothing of it to stay deletes the
 * database after `client.close()`.
 */
export function indexedDbStorage(name: string): ChatStorage;
