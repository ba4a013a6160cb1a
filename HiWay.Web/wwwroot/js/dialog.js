// Native dialogs for Components/Dialog.razor: modal, focus kept inside, Escape closes, focus returns to the opener.

import { goNear, placeOf } from "./focus.js";

// Who opened which dialog. The browser gives the focus back by itself only to dialogs that are closed, and these are taken away.
const openers = new Map();
let lastOpener = null;

export function show(element, page, id) {
  if (!element.open) {
    // One that comes after another, as a secret after the form that made it, was opened from where the first one was.
    const active = document.activeElement;
    lastOpener = active === document.body && lastOpener ? lastOpener : placeOf(active);
    openers.set(id, { opener: lastOpener, element });
    // The page decides what Escape means, as its work may be unsaved. An open list of choices inside takes the key first.
    element.addEventListener("keydown", event => {
      if (event.key === "Escape") {
        event.preventDefault();
        if (!event.target.matches("[role=combobox][aria-expanded=true]")) page.invokeMethodAsync("CloseFromBrowser");
      }
    });
    element.addEventListener("cancel", event => { event.preventDefault(); page.invokeMethodAsync("CloseFromBrowser"); });
    // Browsers let a second request to close pass whatever the page says (a phone's back gesture); the page takes the element away itself.
    element.addEventListener("close", () => { if (element.isConnected) element.showModal(); });
    // A press that starts and ends on the backdrop closes; one that ends there after selecting text does not.
    let pressed = null;
    element.addEventListener("mousedown", event => { pressed = event.target; });
    element.addEventListener("click", event => { if (event.target === element && pressed === element) page.invokeMethodAsync("CloseFromBrowser"); });
    element.showModal();
    element.querySelector("[autofocus]")?.focus();
  }
}

export function leave(id) {
  const { opener, element } = openers.get(id) ?? {};
  openers.delete(id);
  whenGone(element, () => {
    // What the page or another dialog has put the focus on by now keeps it.
    if (!opener || document.activeElement !== document.body) return;
    // A menu that the dialog was opened from has closed; its button is there.
    const menu = opener.element.closest("[popover]");
    (menu ? document.querySelector(`[popovertarget="${menu.id}"]`) : opener.element)?.focus();
    // The opener is gone where the dialog removed its row.
    if (document.activeElement === document.body && opener.element !== document.body) goNear(opener);
  });
}

// Of a component that is taken away with its dialog, as the one of a secret is, this is heard before the page changes.
function whenGone(element, then) {
  if (element?.isConnected) requestAnimationFrame(() => whenGone(element, then));
  else then();
}
