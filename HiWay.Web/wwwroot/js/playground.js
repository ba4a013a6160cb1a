// What the playground does in the browser: Enter sends, and the conversation follows its end while an answer comes in.

export function attach(page) {
  const conversation = page.querySelector("[data-conversation]");
  const composer = page.querySelector("[data-composer]");

  composer.addEventListener("keydown", event => {
    // Enter also confirms a word in an input method; that Enter must not send.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      send();
    }
  });

  // The button is enabled a moment after the first letter; an Enter that comes sooner waits for it, as long as the text stands.
  function send(text = composer.value, tries = 600) {
    const button = page.querySelector("[data-send]:not(:disabled)");
    if (button) {
      button.click();
    } else if (tries > 0 && text.trim() !== "" && composer.value === text) {
      setTimeout(() => send(text, tries - 1), 50);
    }
  }

  // The button that sent gives its place to the one that stops, and must not take the focus away with it. A finger's press
  // stays without, as the screen's keyboard would come up.
  page.addEventListener("click", event => {
    if (event.target.closest("[data-send]") && (event.detail === 0 || matchMedia("(pointer: fine)").matches)) {
      composer.focus();
    }
  });

  // A reader who scrolled up to read is left there.
  // Only scrolling up counts: by the time that a scroll is told, the answer may have grown once more below it.
  let follows = true;
  let lastTop = 0;
  conversation.addEventListener("scroll", () => {
    const atEnd = conversation.scrollHeight - conversation.scrollTop - conversation.clientHeight < 80;
    follows = atEnd || (follows && conversation.scrollTop >= lastTop);
    lastTop = conversation.scrollTop;
  }, { passive: true });
  const toTheEnd = () => {
    if (follows) {
      conversation.scrollTop = conversation.scrollHeight;
    }
  };
  const observer = new MutationObserver(toTheEnd);
  observer.observe(conversation, { childList: true, subtree: true, characterData: true });
  // A picture takes up its room only when it is decoded, after the change that brought it; its "load" does not bubble.
  conversation.addEventListener("load", toTheEnd, true);
  return { dispose: () => observer.disconnect() };
}
