const STORE = "pending";

/** @type {(name: string) => Promise<IDBDatabase>} */
const connect = (name) =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** @type {typeof import("./indexed-db.d.ts").indexedDbStorage} */
export const indexedDbStorage = (name) => {
  /** @type {Promise<IDBDatabase> | undefined} */
  let opening;
  const database = async () => {
    try {
      const opened = await (opening ??= connect(name));
      // Somebody wants to delete it, or the browser has closed it.
      opened.onversionchange = opened.onclose = () => {
        opened.close();
        opening = undefined;
      };
      return opened;
    } catch (error) {
      opening = undefined;
      throw error;
    }
  };
  /** @type {(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest) => Promise<any>} */
  const run = async (mode, act) => {
    const transaction = (await database()).transaction(STORE, mode);
    return new Promise((resolve, reject) => {
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  };
  return {
    takesBlobs: true,
    get: (key) => run("readonly", (store) => store.get(key)),
    set: (key, value) => run("readwrite", (store) => store.put(value, key)),
    remove: (key) => run("readwrite", (store) => store.delete(key)),
  };
};
