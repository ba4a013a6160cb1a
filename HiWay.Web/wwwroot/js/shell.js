// What must work at once, without the circuit and on static pages: theme, drawer, command palette, copying, times, the tab's title, signing out, the
// focus of a field with a list, what is done early, Enter that comes too early, the place in a list that one comes back to.
// Everything is delegated from the document, so markup that Blazor adds later is covered and nothing needs releasing.

import "./focus.js";

const root = document.documentElement;
const yearOfSeconds = 365 * 24 * 3600;

function setCookie(name, value) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=${yearOfSeconds}; samesite=lax${secure}`;
}

// ---- theme ----

const media = {
  light: { light: "all", dark: "not all" },
  dark: { light: "not all", dark: "all" },
  system: { light: "not (prefers-color-scheme: dark)", dark: "(prefers-color-scheme: dark)" },
};

function showTheme(theme) {
  root.dataset.theme = theme;
  for (const sheet of document.querySelectorAll("link[data-sheet]")) {
    sheet.media = media[theme][sheet.dataset.sheet];
  }
}

function setTheme(theme) {
  setCookie("hw_theme", theme);
  showTheme(theme);
  markTheme();
}

// Paper is light.
let shown = null;
addEventListener("beforeprint", () => { shown ??= root.dataset.theme; showTheme("light"); });
addEventListener("afterprint", () => { showTheme(shown ?? root.dataset.theme); shown = null; });

function markTheme() {
  for (const button of document.querySelectorAll("[data-set-theme]")) {
    button.setAttribute("aria-pressed", String(button.dataset.setTheme === root.dataset.theme));
  }
}

// ---- drawer (phone) ----

let drawerOpener = null;

function setDrawer(open) {
  if (open === (root.dataset.drawer === "open")) {
    return;
  }
  const content = document.querySelector(".content");
  if (open) {
    drawerOpener = document.activeElement;
    root.dataset.drawer = "open";
    content?.setAttribute("inert", "");
    document.querySelector("#sidebar .nav-link")?.focus();
  } else {
    delete root.dataset.drawer;
    content?.removeAttribute("inert");
    drawerOpener?.focus();
  }
}

// ---- command palette ----

const palette = () => document.getElementById("palette");

function openPalette() {
  const dialog = palette();
  if (!dialog || dialog.open) {
    return;
  }
  setDrawer(false);
  dialog.showModal();
  const input = dialog.querySelector("input");
  input.value = "";
  filterPalette(dialog);
  input.focus();
}

function filterPalette(dialog) {
  const words = dialog.querySelector("input").value.toLowerCase().split(/\s+/).filter(Boolean);
  const options = [...dialog.querySelectorAll("[role=option]")];
  for (const option of options) {
    option.hidden = !words.every(word => option.dataset.find.includes(word));
  }
  const shown = options.filter(option => !option.hidden);
  dialog.querySelector(".palette-none").hidden = shown.length > 0;
  selectOption(dialog, shown[0]);
}

function selectOption(dialog, chosen) {
  for (const option of dialog.querySelectorAll("[role=option]")) {
    option.setAttribute("aria-selected", String(option === chosen));
  }
  dialog.querySelector("input").setAttribute("aria-activedescendant", chosen?.id ?? "");
  chosen?.scrollIntoView({ block: "nearest" });
}

function movePalette(dialog, step) {
  const shown = [...dialog.querySelectorAll("[role=option]:not([hidden])")];
  const at = shown.findIndex(option => option.getAttribute("aria-selected") === "true");
  selectOption(dialog, shown[(at + step + shown.length) % shown.length]);
}

// ---- copying ----

async function copyText(text) {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Plain http on a name other than localhost has no clipboard API.
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

async function onCopy(button) {
  const text = button.dataset.copy || document.getElementById(button.dataset.copyFrom)?.textContent || "";
  try {
    await copyText(text);
    button.dataset.state = "copied";
  } catch {
    button.dataset.state = "failed";
  }
  setTimeout(() => delete button.dataset.state, 1600);
}

// ---- relative times: <time datetime="…" data-ago> ----

function ago(then) {
  const seconds = Math.round((Date.now() - then) / 1000);
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  const days = Math.floor(seconds / 86400);
  return days === 1 ? "yesterday" : `${days} days ago`;
}

function refreshTimes() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const then = Date.parse(time.dateTime);
    // The text node is changed in place, so Blazor still finds the node that it rendered.
    if (!Number.isNaN(then) && time.firstChild && time.firstChild.nodeValue !== ago(then)) {
      time.firstChild.nodeValue = ago(then);
    }
  }
}

// ---- the chosen entry of a strip that scrolls ----

const shownEntries = new WeakMap();

function showChosen() {
  for (const chosen of document.querySelectorAll(".segmented > :is([aria-current='true'], [aria-pressed='true']), nav.pages [aria-current='page']")) {
    const strip = chosen.closest(".segmented, nav.pages");
    if (strip.scrollWidth > strip.clientWidth && shownEntries.get(strip) !== chosen) {
      shownEntries.set(strip, chosen);
      const [entry, all] = [chosen.getBoundingClientRect(), strip.getBoundingClientRect()];
      strip.scrollLeft += entry.left + entry.width / 2 - all.left - all.width / 2;
    }
  }
  // The side bar's lower entries lie behind its foot in low windows.
  const [bar, here, foot] = ["#sidebar", "#sidebar [aria-current='page']", "#sidebar .sidebar-foot"].map(part => document.querySelector(part));
  if (here && shownEntries.get(bar) !== here) {
    shownEntries.set(bar, here);
    bar.scrollTop += Math.max(0, here.getBoundingClientRect().bottom + 8 - foot.getBoundingClientRect().top);
  }
}

// ---- the tab's title ----

// Blazor takes the old title away before it writes the next one: when the circuit starts and when the page changes. The first title
// of a document is its name, so a second one at its end is shown for that moment, and the tab never shows the bare address.
const lastTitle = document.createElement("title");

function keepTitle() {
  const title = document.head.querySelector("title")?.textContent;
  if (title) {
    lastTitle.textContent = title;
  }
  if (!lastTitle.isConnected) {
    document.body.append(lastTitle);
  }
}

keepTitle();
new MutationObserver(keepTitle).observe(document.head, { childList: true, characterData: true, subtree: true });

// ---- what is done before the page is live ----

// What is seen first was drawn on the server, and its controls answer nobody until the circuit runs, which draws all anew.
// A press in that moment is kept for the button's successor; a later press takes the place of an earlier one. What was typed,
// chosen or ticked is kept for its field, one entry a field.
const handledHere = "[type=submit],[popovertarget],[data-set-theme],[data-drawer],[data-palette],[data-copy],[data-copy-from],[data-reload],[data-reconnect],[data-close-dialog]";
const fields = "main :is(input, select, textarea)";
const patienceMs = 10_000;
let kept = null;
let entries = [];

const isLive = () => document.querySelector(".shell")?.dataset.live !== "false";
const nameOf = control => control.getAttribute("aria-label") ?? (control.labels?.[0]?.textContent ?? control.textContent).trim();
const namesakes = (selector, name) => [...document.querySelectorAll(selector)].filter(control => nameOf(control) === name);
const placeOf = (selector, control) => ({ name: nameOf(control), index: namesakes(selector, nameOf(control)).indexOf(control), until: Date.now() + patienceMs });
const successor = (selector, place) => namesakes(selector, place.name)[place.index];

function keepPress(button) {
  document.querySelector("button[data-kept]")?.removeAttribute("data-kept");
  button.dataset.kept = "";
  kept = placeOf("button", button);
}

function givePress() {
  if (!kept || !isLive()) {
    return;
  }
  const button = successor("button", kept);
  if (Date.now() > kept.until) {
    kept = null;
  } else if (button && !button.disabled) {
    kept = null;
    button.click();
  }
}

function keepEntry(field) {
  const place = placeOf(fields, field);
  entries = entries.filter(entry => entry.name !== place.name || entry.index !== place.index);
  entries.push({ ...place, value: field.value, checked: field.checked, focused: field === document.activeElement });
}

function giveEntries() {
  if (entries.length === 0 || !isLive()) {
    return;
  }
  entries = entries.filter(entry => {
    const field = successor(fields, entry);
    const offered = field?.tagName !== "SELECT" || [...field.options].some(option => option.value === entry.value);
    if (!field || field.disabled || !offered) {
      return Date.now() < entry.until;
    }
    field.value = entry.value;
    field.checked = entry.checked;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
    if (entry.focused) {
      field.focus();
    }
    return false;
  });
}

document.addEventListener("click", event => {
  const button = event.target.closest("button");
  if (button && !isLive() && !button.matches(handledHere)) {
    keepPress(button);
  }
}, true);

document.addEventListener("input", event => {
  if (!isLive() && event.target.matches(fields)) {
    keepEntry(event.target);
  }
}, true);

// ---- Enter that comes before the server has seen the last letter ----

// The button that sends a form is off until the server knows that there is something to send, and a browser swallows Enter while
// it is. So Enter in a field that was changed since the form was last sent waits for the button, as long as the entry stands.
const enterPatienceMs = 3_000;
let changed = null;

const submitterOf = field => [...(field.form?.elements ?? [])].find(control => control.type === "submit");

function sendWhenReady(field, value, until) {
  const button = submitterOf(field);
  if (!button || !field.isConnected || field.value !== value || changed !== field || Date.now() > until) {
    return;
  }
  if (button.disabled) {
    setTimeout(() => sendWhenReady(field, value, until), 30);
  } else {
    field.form.requestSubmit(button);
  }
}

document.addEventListener("input", event => { changed = event.target; }, true);
document.addEventListener("submit", () => { changed = null; }, true);
document.addEventListener("keydown", event => {
  const field = event.target;
  if (event.key === "Enter" && !event.isComposing && !event.repeat && field === changed && field.matches("input:not([type=checkbox], [type=radio])")) {
    const button = submitterOf(field);
    if (button?.disabled) {
      sendWhenReady(field, field.value, Date.now() + enterPatienceMs);
    }
  }
});

// ---- signing out ----

// A page that is open in another tab works on without the cookie. It is told once the cookie is gone: by the page that comes next.
const signedOut = "hw-signed-out";
const otherTabs = new BroadcastChannel(signedOut);
otherTabs.addEventListener("message", () => location.reload());
if (sessionStorage.getItem(signedOut)) {
  sessionStorage.removeItem(signedOut);
  otherTabs.postMessage(null);
}

document.addEventListener("submit", event => {
  if (event.target.matches("[data-sign-out]")) {
    sessionStorage.setItem(signedOut, "1");
  }
});

// ---- forms that a double click must not send twice: the second would be told that its code has been used ----

document.addEventListener("submit", event => {
  const form = event.target;
  if (form.matches("[data-once]")) {
    if (event.timeStamp - Number(form.dataset.once || -Infinity) < 3000) {
      event.preventDefault();
    } else {
      form.dataset.once = event.timeStamp;   // not for good: an answer may never come
    }
  }
});

// ---- events ----

document.addEventListener("click", event => {
  const target = event.target.closest("[data-set-theme],[data-drawer],[data-palette],[data-copy],[data-copy-from],[data-reload],[data-reconnect],[data-skip],[data-close-dialog]");
  const link = event.target.closest("a[href]");
  event.target.closest(".menu-item")?.closest("[popover][data-close-on-click]")?.hidePopover();
  if (link) {
    setDrawer(false);
    for (const menu of document.querySelectorAll("[popover]:popover-open")) {
      menu.hidePopover();
    }
    if (palette()?.contains(link)) {
      palette().close();
    }
  }
  if (event.target === palette()) {
    palette().close();  // a click on the backdrop
  }
  if (!target) {
    return;
  }
  const data = target.dataset;
  if (data.setTheme) { setTheme(data.setTheme); palette()?.open && palette().close(); }
  else if (data.drawer) setDrawer(data.drawer === "open");
  else if (data.palette) openPalette();
  else if (data.copy !== undefined || data.copyFrom) onCopy(target);
  else if (data.reload !== undefined) { event.preventDefault(); location.reload(); }
  else if (data.reconnect !== undefined) window.Blazor?.reconnect?.();
  else if (data.skip !== undefined) { event.preventDefault(); document.getElementById("main")?.focus(); }
  else if (data.closeDialog !== undefined) target.closest("dialog")?.close();
});

// What belongs to the field that has the focus is pressed without taking it away.
document.addEventListener("mousedown", event => {
  if (event.target.closest("[data-keep-focus]")) {
    event.preventDefault();
  }
});

document.addEventListener("keydown", event => {
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    palette()?.open ? palette().close() : openPalette();
    return;
  }
  if (event.key === "Escape") {
    setDrawer(false);
  }
  const dialog = palette();
  if (dialog?.open && dialog.contains(event.target)) {
    if (event.key === "ArrowDown") { event.preventDefault(); movePalette(dialog, 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); movePalette(dialog, -1); }
    if (event.key === "Enter") { event.preventDefault(); dialog.querySelector("[aria-selected=true] > *")?.click(); }
  }
});

document.addEventListener("input", event => {
  const dialog = palette();
  if (dialog?.open && dialog.contains(event.target)) {
    filterPalette(dialog);
  }
});

// A circuit that is gone cannot come back: load the page anew, which makes a new one.
const reconnect = document.getElementById("components-reconnect-modal");
if (reconnect) {
  new MutationObserver(() => {
    if (reconnect.classList.contains("components-reconnect-rejected")) {
      location.reload();
    }
  }).observe(reconnect, { attributes: true, attributeFilter: ["class"] });
}

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) {
  setCookie("hw_zone", zone);
}
if (/Mac|iPhone|iPad/.test(navigator.platform)) {
  for (const hint of document.querySelectorAll("[data-mod-k]")) {
    hint.firstChild.nodeValue = "⌘ K";
  }
}
markTheme();
refreshTimes();
showChosen();
setInterval(refreshTimes, 5000);

// A menu belongs to the address it was opened at: one whose form led to another address has done its work.
let address = location.href;

function closeMenusLeft() {
  if (location.href !== address) {
    address = location.href;
    for (const menu of document.querySelectorAll("[popover]:popover-open")) {
      menu.hidePopover();
    }
  }
}

// ---- where a page was scrolled to ----

// Going back, the browser looks for the place before the list's rows have come, and finds no room for it. It is kept by address
// and given back once there is room, again when the heading takes the focus, until somebody scrolls or presses something.
const returnPatienceMs = 3_000;
const tops = new Map();
let returning = null;

function giveTop() {
  if (returning && Date.now() > returning.until) {
    returning = null;
  } else if (returning && scrollY !== returning.top && root.scrollHeight - root.clientHeight >= returning.top) {
    scrollTo(0, returning.top);
  }
}

addEventListener("scroll", () => { returning ? giveTop() : tops.set(location.href, scrollY); }, { passive: true });
addEventListener("popstate", () => {
  const top = tops.get(location.href);
  returning = top > 0 ? { top, until: Date.now() + returnPatienceMs } : null;
});
for (const type of ["wheel", "touchmove", "keydown", "mousedown"]) {
  addEventListener(type, () => { returning = null; }, { capture: true, passive: true });
}

// What Blazor renders later gets the same treatment, at most once per frame.
let pending = false;
new MutationObserver(() => {
  if (!pending) {
    pending = true;
    requestAnimationFrame(() => { pending = false; markTheme(); refreshTimes(); showChosen(); closeMenusLeft(); giveEntries(); givePress(); giveTop(); });
  }
}).observe(document.body, { childList: true, subtree: true });
