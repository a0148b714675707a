// What the pages can do better with a script: saving while typing, warnings, counters, rows, dates.
// Every page works without it; nothing here decides anything.
(function () {
  "use strict";
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const dirty = new Set();

  // Saving while typing. The draft is posted without `once`, which belongs to the real submission.
  async function saveDraft(form) {
    const body = new FormData(form);
    body.delete("once");
    body.set("draft", "1");
    form.saving = true;
    form.again = false;
    try {
      const answer = await fetch(form.dataset.url, {
        method: "POST", body, credentials: "same-origin", headers: { "HX-Request": "true" },
      });
      if (answer.status === 409) { form.saving = false; return say(form, (await answer.text()).trim(), true); }
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const version = answer.headers.get("X-Draft-Version");
      if (version !== null && form.elements.version) form.elements.version.value = version;
      const now = new Date();
      const said = (await answer.text()).trim();
      if (!form.again) dirty.delete(form);
      say(form, said && said.length < 80 && !said.includes("<") ? said
        : "下書きを保存しました " + now.toTimeString().slice(0, 5), false);
    } catch (failure) {
      say(form, "まだ保存できていません。入力した内容はこの画面に残っています。もう一度保存を試みます。", true);
      form.timer = setTimeout(() => saveDraft(form), 15000);
    }
    form.saving = false;
    if (form.again) draftSoon(form);
  }

  function draftSoon(form) {
    form.again = true;
    clearTimeout(form.timer);
    if (!form.saving) form.timer = setTimeout(() => saveDraft(form), 1000);
  }

  function say(form, sentence, failed) {
    const place = form.querySelector("[data-save-state]") || document.querySelector("[data-save-state]");
    if (!place) return;
    place.textContent = sentence;
    place.classList.toggle("failed", failed);
  }

  // A date as the town writes it. Before Reiwa the western year is plain enough.
  function written(iso) {
    const [day, time] = iso.split("T");
    const [year, month, date] = day.split("-").map(Number);
    const era = day >= "2019-05-01" ? "令和" + (year === 2019 ? "元" : year - 2018) : String(year);
    return era + "年" + month + "月" + date + "日" + (time ? " " + time.slice(0, 5) : "");
  }

  function count(counter) {
    const box = document.getElementById(counter.id.replace(/-count$/, ""));
    if (!box) return;
    const left = Number(counter.dataset.max) - Array.from(box.value).length;
    counter.textContent = left < 0 ? -left + "字多くなっています" : "あと" + left + "字";
    counter.classList.toggle("over", left < 0);
  }

  function number(rows) {
    all(".row", rows).forEach((row, i) => {
      all("[id], [name], [for], [data-picks], [aria-describedby]", row).forEach((node) => {
        for (const name of ["id", "name", "for", "data-picks", "aria-describedby"]) {
          const was = node.getAttribute(name);
          if (was) node.setAttribute(name, was.replace(/-(\d+|__n__)-/g, "-" + i + "-"));
        }
      });
      row.querySelector(".row-number").textContent = String(i + 1);
    });
    const add = document.querySelector('[data-row-add="' + rows.id + '"]');
    add.disabled = rows.children.length >= Number(rows.dataset.max);
  }

  function addRow(button) {
    const rows = document.getElementById(button.dataset.rowAdd);
    rows.append(document.getElementById(rows.id + "-template").content.cloneNode(true));
    number(rows);
    wake(rows);
    rows.lastElementChild.querySelector("input, select, textarea").focus();
  }

  function removeRow(button) {
    const rows = button.closest(".rows");
    const form = button.closest("form");
    button.closest(".row").remove();
    if (!rows.children.length) addRow(document.querySelector('[data-row-add="' + rows.id + '"]'));
    number(rows);
    (rows.querySelector("input, select, textarea")).focus();
    if (form) form.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function filter(box) {
    const wanted = box.value.trim().toLowerCase();
    const choices = all("#" + CSS.escape(box.dataset.filters) + " .choice");
    choices.forEach((choice) => {
      const kept = choice.querySelector("input").checked;
      choice.hidden = !kept && !choice.textContent.toLowerCase().includes(wanted);
    });
    box.parentNode.querySelector(".filter-state").textContent =
      wanted ? choices.filter((choice) => !choice.hidden).length + "件" : "";
  }

  // Turns on what only works with a script, in the page or in a fragment that came later.
  function wake(root) {
    all("[data-print], .filter, .cell-remove", root).forEach((node) => { node.hidden = false; });
    if ("showPicker" in HTMLInputElement.prototype) all(".picker", root).forEach((node) => { node.hidden = false; });
    all("[data-row-add]", root).forEach((node) => { node.type = "button"; });
    all(".counter[data-max]", root).forEach(count);
    const wrong = root.querySelector("[aria-invalid=true]:is(input, select, textarea), [aria-invalid=true] input");
    const target = wrong || root.querySelector(".error-summary");
    if (target) target.focus();
  }

  document.addEventListener("input", (event) => {
    const node = event.target;
    if (node.dataset && node.dataset.filters) return filter(node);
    const counter = node.id && document.getElementById(node.id + "-count");
    if (counter) count(counter);
    const form = node.closest && node.closest("form");
    if (!form || !form.matches(".autosave, .warn-unsaved") || node.closest(".picker")) return;
    dirty.add(form);
    if (form.dataset.url) draftSoon(form);
  });

  document.addEventListener("change", (event) => {
    const picker = event.target.closest(".picker");
    if (!picker || !event.target.value) return;
    const text = document.getElementById(picker.querySelector("button").dataset.picks);
    text.value = written(event.target.value);
    text.dispatchEvent(new Event("input", { bubbles: true }));
    text.focus();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.picks) button.parentNode.querySelector("input").showPicker();
    if (button.dataset.rowAdd) addRow(button);
    if ("rowRemove" in button.dataset) removeRow(button);
    if ("print" in button.dataset) window.print();
  });

  // One press, one submission. htmx forms have been taken over before this is reached.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.sent) return event.preventDefault();
    form.sent = true;
    clearTimeout(form.timer);
    dirty.clear();
    const pressed = event.submitter;
    setTimeout(() => {
      all("button:not([type=button])", form).forEach((button) => { button.disabled = true; });
      if (pressed) { pressed.dataset.said = pressed.textContent; pressed.textContent = "送信しています"; }
    });
    setTimeout(() => release(form), 10000);
  });

  function release(form) {
    form.sent = false;
    all("button:not([type=button])", form).forEach((button) => {
      button.disabled = false;
      if (button.dataset.said) { button.textContent = button.dataset.said; delete button.dataset.said; }
    });
  }

  window.addEventListener("pageshow", (event) => { if (event.persisted) all("form").forEach(release); });
  window.addEventListener("beforeunload", (event) => { if (dirty.size) event.preventDefault(); });
  window.addEventListener("beforeprint", () => all("main details").forEach((node) => { node.open = true; }));
  document.addEventListener("htmx:afterSwap", (event) => wake(event.target));
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.target.matches(".live")) event.preventDefault();
  });
  // A live part is changed, and spoken, only by news, and not while somebody is inside it.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const part = event.detail.target;
    if (!part.matches(".live")) return;
    const news = document.createElement("template");
    news.innerHTML = event.detail.serverResponse;
    const { requestPath, responsePath } = event.detail.pathInfo;
    const sentAway = responsePath && responsePath.split("?")[0] !== requestPath.split("?")[0];
    const same = news.innerHTML.trim() === part.innerHTML.trim();
    if (same || sentAway || part.contains(document.activeElement)) event.detail.shouldSwap = false;
  });
  wake(document);
})();
