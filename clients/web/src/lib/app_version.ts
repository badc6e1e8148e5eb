/** Version of the app, replaced by the build; support sees it in a device's reports. */
declare const __APP_VERSION__: string;

export const APP_VERSION = typeof __APP_VERSION__ === "string" ? __APP_VERSION__ : "development";
