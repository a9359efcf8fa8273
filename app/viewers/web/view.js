"use strict";
// Clicks on the pictures and in the legend, and keys: what viser has no words for is asked of the program directly.
const ask = (name, values = {}) =>
  fetch("/do/" + name + "?" + new URLSearchParams(values), { headers: { "X-Rgbd-Live": "1" } });

const DRAG_PX = 6;
let drag = null; // where a press on a picture began

const pictureAt = (event) => (event.target instanceof Element ? event.target.closest('img[src^="blob:"]') : null);

const place = (picture, event) => {
  const box = picture.getBoundingClientRect();
  const share = (value) => Math.min(Math.max(value, 0), 0.999999).toFixed(6);
  return { x: share((event.clientX - box.left) / box.width), y: share((event.clientY - box.top) / box.height) };
};

const drawLine = (event) => {
  const dx = event.clientX - drag.x, dy = event.clientY - drag.y;
  drag.line ??= document.body.appendChild(Object.assign(document.createElement("div"), { className: "rgbd-line" }));
  Object.assign(drag.line.style, {
    left: drag.x + "px", top: drag.y + "px", width: Math.hypot(dx, dy) + "px",
    transform: `rotate(${Math.atan2(dy, dx)}rad)`,
  });
};

const isDragged = (event) => Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > DRAG_PX;

document.addEventListener("pointerdown", (event) => {
  const picture = pictureAt(event);
  if (!picture || event.button !== 0) return;
  drag = { picture, x: event.clientX, y: event.clientY, from: place(picture, event), line: null };
});
document.addEventListener("pointermove", (event) => {
  if (drag && event.pointerType === "mouse" && isDragged(event)) drawLine(event);
});
document.addEventListener("pointercancel", () => { drag?.line?.remove(); drag = null; });
document.addEventListener("pointerup", (event) => {
  if (!drag) return;
  const { picture, from, line } = drag, to = place(picture, event);
  if (isDragged(event)) ask("drag", { x: from.x, y: from.y, to_x: to.x, to_y: to.y });
  else ask(event.shiftKey ? "thing" : "click", from);
  line?.remove();
  drag = null;
});
document.addEventListener("dblclick", (event) => {
  const picture = pictureAt(event);
  if (picture) ask("thing", place(picture, event));
});
document.addEventListener("dragstart", (event) => { if (pictureAt(event)) event.preventDefault(); });
document.addEventListener("contextmenu", (event) => {
  if (!pictureAt(event)) return;
  event.preventDefault();
  ask("forget");
});
// The list of classes is renewed while it is looked at, maybe between a press and its release: a mouse acts on the press.
const useRow = (event, acts) => {
  const row = event.target instanceof Element ? event.target.closest("[data-label]") : null;
  if (row && acts) ask(event.target.closest(".rgbd-solo") ? "solo" : "toggle", { label: row.dataset.label });
  return row;
};
document.addEventListener("pointerdown", (event) => useRow(event, event.pointerType === "mouse" && event.button === 0));
document.addEventListener("click", (event) => {
  const isPressed = event.pointerType === "mouse" && event.detail > 0;
  if (useRow(event, !isPressed)) event.preventDefault();
});
// As in the window. viser's camera has some of them too; it keeps the arrows.
const KEYS = {
  " ": "pause", n: "step", l: "loop", s: "save", v: "view", d: "depth", m: "smooth", c: "colours", t: "names", r: "reset",
  "+": "stronger", "=": "stronger", "]": "stronger", "-": "weaker", "[": "weaker",
};
const TYPING = "textarea, select, input:not([type=checkbox])";
const useKey = (event) => {
  const name = KEYS[event.key];
  const taken = event.key === " " ? TYPING + ", input, button" : TYPING; // a space presses what has the focus
  const isTaken = event.target instanceof Element && event.target.closest(taken);
  if (!name || isTaken || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!event.repeat) ask(name);
};
window.addEventListener("keydown", useKey, true);
