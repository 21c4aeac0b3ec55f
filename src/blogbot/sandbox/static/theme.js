// Light, dark, or as the system has it. A plain script in the head, so that no page is painted in the wrong colours
// first.
"use strict";

(() => {
  const CHOICES = ["auto", "light", "dark"];
  const KEY = "blogbot.theme";
  const root = document.documentElement;

  function remembered() {
    try {
      const choice = localStorage.getItem(KEY);
      return CHOICES.includes(choice) ? choice : "auto";
    } catch {
      return "auto"; // storage may be switched off
    }
  }

  function remember(choice) {
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // Then it holds until the page is left.
    }
  }

  function show(button, words) {
    const choice = root.dataset.theme;
    const label = words[`theme_${choice}`];
    button.querySelector("use").setAttribute("href", `#icon-${choice}`);
    button.setAttribute("aria-label", label);
    button.title = label;
    button.hidden = false;
  }

  root.dataset.theme = remembered();
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const words = JSON.parse(document.getElementById("words").textContent);
    show(button, words);
    button.addEventListener("click", () => {
      const next = CHOICES[(CHOICES.indexOf(root.dataset.theme) + 1) % CHOICES.length];
      root.dataset.theme = next;
      remember(next);
      show(button, words);
    });
  });
})();
