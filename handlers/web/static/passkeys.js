// Passkeys: what the browser's authenticator answers goes into an ordinary form. Nothing here decides
// anything. Without a script, or in a browser without passkeys, a sentence stands in its place.
(function () {
  "use strict";
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const bytes = (text) => Uint8Array.from(
    atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const credentials = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  async function asked(form) {
    const answer = await fetch(form.dataset.challenge, {
      method: "POST", credentials: "same-origin",
      headers: { "X-CSRFToken": form.elements.csrf_token.value },
    });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    return answer.json();
  }

  async function made(options) {
    const found = await navigator.credentials.create({ publicKey: {
      ...options, challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: credentials(options.excludeCredentials),
    } });
    return [found, { attestationObject: text(found.response.attestationObject) }];
  }

  async function given(options) {
    const found = await navigator.credentials.get({ publicKey: {
      ...options, challenge: bytes(options.challenge),
      allowCredentials: credentials(options.allowCredentials),
    } });
    return [found, {
      authenticatorData: text(found.response.authenticatorData),
      signature: text(found.response.signature),
      userHandle: found.response.userHandle ? text(found.response.userHandle) : null,
    }];
  }

  async function answer(form) {
    const options = await asked(form);
    const [found, response] = form.dataset.passkey === "create"
      ? await made(options) : await given(options);
    form.elements.credential.value = JSON.stringify({
      id: found.id, rawId: text(found.rawId), type: found.type,
      authenticatorAttachment: found.authenticatorAttachment,
      clientExtensionResults: found.getClientExtensionResults(),
      response: { ...response, clientDataJSON: text(found.response.clientDataJSON) },
    });
    form.submit();
  }

  function say(form, sentence) {
    const place = form.querySelector("[data-passkey-said]");
    place.textContent = sentence;
    place.hidden = !sentence;
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const button = form.querySelector("button[type=submit]");
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (button.disabled) return;
      button.disabled = true;
      say(form, "");
      answer(form).catch((failure) => {
        const known = failure.name === "InvalidStateError" && form.dataset.known;
        say(form, known || form.dataset.failed);
      }).finally(() => { button.disabled = false; });
    });
  }
  for (const sentence of document.querySelectorAll("[data-passkey-without]")) sentence.hidden = true;
})();
