"use strict";

// In a file of its own, because the page's policy allows no inline script.
window.addEventListener("load", () => {
  const fonts = { fontFamily: "system-ui, sans-serif", headings: { fontFamily: "system-ui, sans-serif" } };
  Redoc.init(
    "openapi.json",
    { theme: { typography: fonts }, requiredPropsFirst: false, hideDownloadButton: false },
    document.getElementById("api"),
  );
});
