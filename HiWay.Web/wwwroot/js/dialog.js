// Native dialogs for Components/Dialog.razor: modal, focus kept inside, Escape closes, focus returns to the opener.

export function show(element, page) {
  if (!element.open) {
    element.addEventListener("cancel", event => { event.preventDefault(); page.invokeMethodAsync("CloseFromBrowser"); });
    // A press that starts and ends on the backdrop closes; one that ends there after selecting text does not.
    let pressed = null;
    element.addEventListener("mousedown", event => { pressed = event.target; });
    element.addEventListener("click", event => { if (event.target === element && pressed === element) page.invokeMethodAsync("CloseFromBrowser"); });
    element.showModal();
    element.querySelector("[autofocus]")?.focus();
  }
}
