// Where the focus goes when what has it is taken away, as a row is whose last button removed it: to the row that takes its place, else
// to the heading of what it stood in. Without this it falls to the page's body, and keyboards and screen readers start from the top.

const controls = "a[href], button, input, select, textarea, [tabindex='0']";
const rows = "tr, li, article";

/** Where an element stands: its row among others, its place in the row, and what is around it. */
export function placeOf(element) {
  const row = element?.closest(rows);
  const among = row && usable(row);
  const around = [];
  for (let node = (row ?? element)?.parentElement; node && node !== document.body; node = node.parentElement) around.push(node);
  return { element, around, index: row ? [...row.parentElement.children].indexOf(row) : -1, fromEnd: row ? Math.max(0, among.length - 1 - among.indexOf(element)) : 0 };
}

/** Moves the focus to what is nearest to such a place now. */
export function goNear({ element, around, index, fromEnd }) {
  const again = redrawn(element);
  if (again) return again.focus();
  const list = around[0];
  const row = index >= 0 && list?.isConnected ? list.children[Math.min(index, list.children.length - 1)] : null;
  const inRow = row ? usable(row) : [];
  const target = inRow.at(-1 - fromEnd) ?? inRow.at(-1) ?? headingNear(around);
  if (target && !target.matches(controls) && !target.hasAttribute("tabindex")) target.tabIndex = -1;
  target?.focus();
}

const usable = within => [...within.querySelectorAll(controls)].filter(control => !control.disabled && control.checkVisibility());

// The same control, drawn anew: a list that was read again, a choice that was called off.
function redrawn(element) {
  const name = element?.getAttribute("aria-label");
  return name && usable(document.querySelector("main")).find(control => control !== element && control.tagName === element.tagName && control.getAttribute("aria-label") === name);
}

function headingNear(around) {
  for (const node of around) {
    const heading = node.isConnected && [...node.querySelectorAll("h1, h2, h3")].find(one => one.checkVisibility());
    if (heading) return heading;
  }
  return document.querySelector("main h1");
}

let last = null;
let asked = false;
document.addEventListener("focusin", event => { last = placeOf(event.target); });
// A control that loses the focus to a press beside it is not followed; one that is off while its work runs gets it back afterwards.
document.addEventListener("mousedown", event => { if (!event.target.closest(controls)) last = null; }, true);
new MutationObserver(changes => {
  const back = changes.find(change => change.target === last?.element)?.target;
  if (back && !back.disabled && document.activeElement === document.body) back.focus();
}).observe(document.body, { attributes: true, attributeFilter: ["disabled"], subtree: true });

// A page that takes the element away may set the focus itself, and a dialog that closes gives it back; two frames are theirs.
new MutationObserver(() => {
  if (asked || !last || last.element.isConnected) return;
  asked = true;
  requestAnimationFrame(() => requestAnimationFrame(() => {
    asked = false;
    const gone = last;
    if (gone && !gone.element.isConnected && document.activeElement === document.body) {
      last = null;
      // Another page brings its own heading into focus, and a dialog that goes gives the focus back to what opened it.
      const dialog = gone.around.find(node => node.matches("dialog"));
      if (dialog?.isConnected !== false && gone.around.some(node => node.isConnected && node.closest("main"))) goNear(gone);
    }
  }));
}).observe(document.body, { childList: true, subtree: true });
