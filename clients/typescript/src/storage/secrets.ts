/** Tokens in the keychain of a phone, outside of the database and its backups. */
import type { Driver, Operation } from "./driver.ts";

/** A keychain: expo-secure-store, react-native-keychain, or the browser's own for an extension. */
export interface SecretStore {
  /** Value of a key, null if there is none. */
  get(key: string): Promise<string | null>;
  /** Stores a value. */
  set(key: string, value: string): Promise<void>;
  /** Deletes a value; none is no error. */
  delete(key: string): Promise<void>;
}

const TOKENS = "meta/tokens";

/**
 * Driver that stores the session's tokens in a keychain and everything else as before. A database
 * that a backup brought to another phone, or a keychain that outlived the app, has nobody signed in.
 */
export function withSecrets(driver: Driver, secrets: SecretStore, name = "trackforge"): Driver {
  const revealed = async (key: string, value: unknown): Promise<unknown> => {
    if (key !== TOKENS || value === undefined) return value;
    const text = await secrets.get(value as string);
    return text === null ? undefined : (JSON.parse(text) as unknown);
  };
  return {
    name: driver.name,
    ...(driver.listen && { listen: (listener: () => void) => driver.listen!(listener) }),
    async read(prefix) {
      const rows = await Promise.all(
        (await driver.read(prefix)).map(async ([key, value]) => [key, await revealed(key, value)] as const),
      );
      return rows.filter(([, value]) => value !== undefined);
    },
    async get(keys) {
      const values = await driver.get(keys);
      return Promise.all(values.map((value, at) => revealed(keys[at]!, value)));
    },
    async commit(operations, revision, isRepeatable) {
      const changed = operations.find(([key]) => key === TOKENS);
      if (!changed) return driver.commit(operations, revision, isRepeatable);
      const [before] = (await driver.get([TOKENS])) as [string | undefined];
      // A slot of its own for each value: a commit that fails, or of another process, deletes no other.
      const random = Math.random().toString(36).slice(2);
      const slot = changed[1] === undefined ? undefined : `${name}.tokens.${random}`;
      if (slot !== undefined) await secrets.set(slot, JSON.stringify(changed[1]));
      const stored = operations.map((it): Operation => (it === changed ? [TOKENS, slot] : it));
      const isStored = await driver.commit(stored, revision);
      const unused = isStored ? before : slot;
      if (unused !== undefined) await secrets.delete(unused);
      return isStored;
    },
    close: () => driver.close(),
  };
}
