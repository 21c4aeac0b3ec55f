// The page's words, as the template wrote them in the reader's language.

const words = JSON.parse(document.getElementById("words").textContent);

/** The words under a key, with {name} filled in from `values`. */
export function say(key, values = {}) {
  return words[key].replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}
