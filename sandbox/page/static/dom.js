// Small helpers to build the page. Nothing here, or elsewhere, turns text into markup: text goes into text nodes.

/** make builds an element: properties that hold a dash or are "role" are attributes, `on` holds listeners. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === "data") {
      Object.assign(element.dataset, value);
    } else if (name.includes("-") || name === "role") {
      element.setAttribute(name, value);
    } else {
      element[name] = value;
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** post sends an action to the server; its promise is rejected with the server's words. */
export async function post(path, action) {
  const response = await fetch(`api/${path}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(action),
  });
  if (!response.ok) throw new Error((await response.text()).trim() || `HTTP ${response.status}`);
}
