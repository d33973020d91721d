// A host's storage that outlives the process: a file for each value.
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A value is there as a whole or not at all, whenever the process ends. */
export const folderStorage = (folder) => {
  const fileOf = (key) => join(folder, encodeURIComponent(key));
  const made = mkdir(folder, { recursive: true });
  return {
    async get(key) {
      try {
        return JSON.parse(await readFile(fileOf(key), "utf8"));
      } catch (error) {
        if (error.code !== "ENOENT") throw error;
      }
    },
    async set(key, value) {
      await made;
      await writeFile(`${fileOf(key)}.new`, JSON.stringify(value));
      await rename(`${fileOf(key)}.new`, fileOf(key));
    },
    remove: (key) => rm(fileOf(key), { force: true }),
  };
};
