// Passkeys on the sign-in page and on /account/passkeys: asks the server for a challenge, the browser for an answer, and sends the answer with
// the page's own form. Forms say what they want with data-passkey="show" or "make" and where challenges come from with data-challenge.

// Options and answers travel as JSON, keys in base64url. Written out here: not every browser or password manager has parse…FromJSON and toJSON.
const toBytes = text => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), letter => letter.charCodeAt(0));
const toText = buffer => buffer && btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const withBytes = list => (list ?? []).map(one => ({ ...one, id: toBytes(one.id) }));

function optionsFrom(json) {
  const options = { ...json, challenge: toBytes(json.challenge) };
  if (json.user) {
    options.user = { ...json.user, id: toBytes(json.user.id) };
    options.excludeCredentials = withBytes(json.excludeCredentials);
  } else {
    options.allowCredentials = withBytes(json.allowCredentials);
  }
  return options;
}

function answerFrom(credential) {
  const from = credential.response;
  const response = { clientDataJSON: toText(from.clientDataJSON) };
  if (from.attestationObject) {
    response.attestationObject = toText(from.attestationObject);
    response.transports = from.getTransports?.() ?? [];
  } else {
    response.authenticatorData = toText(from.authenticatorData);
    response.signature = toText(from.signature);
    response.userHandle = toText(from.userHandle);
  }
  return JSON.stringify({
    id: credential.id, rawId: credential.id, type: credential.type, response,
    authenticatorAttachment: credential.authenticatorAttachment, clientExtensionResults: credential.getClientExtensionResults(),
  });
}

// ---- what is in the way, in words ----

class Obstacle extends Error {}

function findObstacle() {
  if (!window.isSecureContext) {
    return `Passkeys need an address with https://, or localhost. You opened HiWay at ${location.origin}.`;
  }
  if (/^[\d.]+$|^\[/.test(location.hostname)) {
    return /^127\.|^\[::1\]/.test(location.hostname)
      ? `Passkeys need a name, not an IP address. Open HiWay at ${location.origin.replace(location.hostname, "localhost")} instead.`
      : "Passkeys need a name, not an IP address. Open HiWay at its name, with https://.";
  }
  return window.PublicKeyCredential && navigator.credentials ? null : "This browser knows no passkeys. Use your password, or a newer browser.";
}

function explain(error, making, domain) {
  if (error instanceof Obstacle) {
    return error.message;
  }
  switch (error.name) {
    case "NotAllowedError":
    case "AbortError":
      return making ? "No passkey was made: it was cancelled, or took too long." : "No passkey was shown: it was cancelled, took too long, or there is none for this address.";
    case "InvalidStateError":
      return "This device, or its password manager, has a passkey for your account already.";
    case "SecurityError":
      return `HiWay's passkeys belong to ${domain}, and you opened it at ${location.host}. Open it there; if ${domain} is wrong, its operator has to set PublicUrl.`;
    case "NotSupportedError":
    case "ConstraintError":
      return "This device cannot keep a passkey that asks for your fingerprint, face or PIN. Use another device or a password manager.";
    default:
      return `The browser could not use a passkey: ${error.message}`;
  }
}

function showError(form, message) {
  const box = form.querySelector("[data-passkey-error]");
  box.hidden = !message;
  box.querySelector("span").textContent = message ?? "";
}

// ---- the challenge ----

async function fetchChallenge(form) {
  const token = form.elements.__RequestVerificationToken.value;
  const body = form.dataset.passkey === "make" ? { name: form.elements["Passkey.Name"].value, password: form.elements["Passkey.Password"].value } : {};
  let reply;
  try {
    reply = await fetch(form.dataset.challenge, {
      method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", RequestVerificationToken: token },
    });
  } catch {
    throw new Obstacle("HiWay did not answer. Check your connection and try again.");
  }
  const json = await reply.json().catch(() => null);
  if (reply.ok && json?.state) {
    return json;
  }
  const error = json?.error;
  const field = error?.param && form.elements[`Passkey.${error.param[0].toUpperCase()}${error.param.slice(1)}`];
  if (field) {
    field.setAttribute("aria-invalid", "true");
    field.focus();
  }
  throw new Obstacle(reply.status === 401 ? "Your session has ended. Load the page anew and sign in." : error?.message ?? "HiWay did not answer as expected. Load the page anew and try again.");
}

function send(form, challenge, credential) {
  form.querySelector("[data-passkey-answer]").value = answerFrom(credential);
  form.querySelector("[data-passkey-state]").value = challenge.state;
  const password = form.elements["Passkey.Password"];
  if (password) {
    password.value = "";   // it has done its work
  }
  const remember = form.querySelector("[data-passkey-remember]");
  if (remember) {
    remember.value = String(document.querySelector("[name='Input.Remember']")?.checked ?? false);
  }
  form.submit();
}

async function run(form) {
  const making = form.dataset.passkey === "make";
  const button = form.querySelector("[data-passkey-ask], [type=submit]");
  if (button.disabled) {
    return;
  }
  button.disabled = true;
  showError(form, null);
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
  }
  let domain = location.hostname;
  try {
    const obstacle = findObstacle();
    if (obstacle) {
      throw new Obstacle(obstacle);
    }
    const challenge = await fetchChallenge(form);
    domain = challenge.options.rpId ?? challenge.options.rp.id;
    offering?.abort();   // a browser shows one question at a time
    const publicKey = optionsFrom(challenge.options);
    send(form, challenge, await (making ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey })));
  } catch (error) {
    showError(form, explain(error, making, domain));
    button.disabled = false;
    offeredAt = 0;
    offer();
  }
}

document.addEventListener("click", event => {
  const form = event.target.closest("[data-passkey-ask]")?.form;
  if (form) {
    run(form);
  }
});

document.addEventListener("submit", event => {
  if (event.target.matches("form[data-passkey=make]")) {
    event.preventDefault();
    run(event.target);
  }
}, true);

// ---- passkeys among what the browser offers for the e-mail field ----

// A challenge is good for ten minutes; coming back to the tab later makes a new one.
const freshMs = 5 * 60 * 1000;
let offering = null;
let offeredFor = null;
let offeredAt = 0;

async function offer() {
  const form = document.querySelector("form[data-passkey=show]");
  if (form === offeredFor && Date.now() - offeredAt < freshMs) {
    return;
  }
  offering?.abort();
  [offeredFor, offeredAt] = [form, Date.now()];
  if (!form || findObstacle() || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) {
    return;
  }
  const mine = offering = new AbortController();
  try {
    const challenge = await fetchChallenge(form);
    if (!mine.signal.aborted) {
      send(form, challenge, await navigator.credentials.get({ publicKey: optionsFrom(challenge.options), mediation: "conditional", signal: mine.signal }));
    }
  } catch {
    // Nobody asked for anything yet; the button tells what is wrong.
  }
}

offer();
window.Blazor?.addEventListener?.("enhancedload", offer);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && offer());
