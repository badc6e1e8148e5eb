"use strict";

// In a file of its own, because the page's policy allows no inline script.
window.addEventListener("load", () => {
  // A successful log-in, registration or refresh authorizes the page with the new access token.
  const authorize = (response) => {
    if (response.ok && /\/auth\/(login|register|refresh)$/.test(response.url)) {
      ui.preauthorizeApiKey("bearer", JSON.parse(response.text).access_token);
    }
    return response;
  };
  const ui = SwaggerUIBundle({
    url: "openapi.json",
    dom_id: "#api",
    deepLinking: true,
    displayRequestDuration: true,
    docExpansion: "none",
    filter: true,
    responseInterceptor: authorize,
    validatorUrl: null, // the default one is on the internet
  });
  window.ui = ui;
});
