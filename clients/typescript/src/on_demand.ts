/** Parts of the client that not every app uses, as one module that is loaded at its first use. */
export { acceptWrites } from "./local/accept.ts";
export { localDay } from "./local/day.ts";
export { localDigest } from "./local/digest.ts";
export { pullAgain } from "./sync/again.ts";
export { differingCollections } from "./sync/check.ts";
export { explain, forgetDevice, readDevices } from "./sync/devices.ts";
export { readHistory, readTrash, restore } from "./sync/history.ts";
export { Wake } from "./sync/wake.ts";
