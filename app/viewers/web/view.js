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
  else ask("click", from);
  line?.remove();
  drag = null;
});
document.addEventListener("dragstart", (event) => { if (pictureAt(event)) event.preventDefault(); });
document.addEventListener("contextmenu", (event) => {
  if (!pictureAt(event)) return;
  event.preventDefault();
  ask("forget");
});
document.addEventListener("click", (event) => {
  const row = event.target instanceof Element ? event.target.closest("[data-label]") : null;
  if (!row) return;
  event.preventDefault();
  ask(event.target.closest(".rgbd-solo") ? "solo" : "toggle", { label: row.dataset.label });
});
const KEYS = { " ": "pause", n: "step", l: "labels" };
document.addEventListener("keydown", (event) => {
  const isTyping = event.target instanceof Element && event.target.closest("input, textarea, select, button, [role]");
  const name = KEYS[event.key];
  if (!name || isTyping || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  event.preventDefault();
  ask(name);
});
