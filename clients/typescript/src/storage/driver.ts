/** The interface of a storage driver: an ordered map of JSON values with atomic commits. */

/** `[key, value]`; undefined deletes the row. */
export type Operation = readonly [key: string, value: unknown];

/** A storage: an ordered map of JSON values with atomic commits. */
export interface Driver {
  /** Name of the database, for locks between tabs and processes; undefined if nobody shares it. */
  readonly name?: string | undefined;
  /** Rows whose keys begin with the prefix, in the order of their keys. */
  read(prefix: string): Promise<(readonly [key: string, value: unknown])[]>;
  /** Values of some keys, undefined for absent ones. */
  get(keys: readonly string[]): Promise<unknown[]>;
  /**
   * Stores all operations durably, or none. False, and nothing stored, if the row `revision` is
   * another one than `revision` (0: absent); a commit sets it to `revision + 1`. One that can be
   * repeated need not wait for the disk, as long as later commits do not survive it.
   */
  commit(operations: readonly Operation[], revision: number, isRepeatable?: boolean): Promise<boolean>;
  /** Calls back after commits of other tabs; returns the end of the subscription. */
  listen?(listener: () => void): () => void;
  /** Closes the storage; what was committed stays. */
  close(): Promise<void>;
}

export const REVISION = "revision";
