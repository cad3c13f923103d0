"use strict";
(async () => {
  const BATCH = 20;
  const packed = Uint8Array.from(atob(document.getElementById("data").textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const rows = await new Response(stream).json();

  const form = document.getElementById("filters");
  const list = document.getElementById("list");
  const more = document.getElementById("more");
  let found = rows;
  let shown = 0;
  let asked;

  // Corpus text only ever becomes text: no markup is made of it.
  const make = (tag, text = "", kind = "") => {
    const element = document.createElement(tag);
    element.textContent = text;
    if (kind) element.className = kind;
    return element;
  };

  const side = (title, row, changed) => {
    const box = make("div");
    const text = make("div", "", "text");
    text.tabIndex = 0;
    text.setAttribute("role", "region");
    text.setAttribute("aria-label", title);
    for (let at = 0; at < row.steps.length; at += 3) {
      if (row.steps[at]) text.append(row.steps[at]);
      const mark = changed === "del" ? row.steps[at + 1] : row.steps[at + 2];
      if (mark) text.append(make(changed, mark));
    }
    if (row.cut) text.append(make("span", " … the text goes on", "sub"));
    box.append(make("h4", title), text);
    return box;
  };

  const tokens = (count) => (count === null ? "" : `, ${count.toLocaleString("en")} tokens`);

  const article = (row) => {
    const element = make("article");
    element.dataset.outcome = row.outcome;
    const head = make("header");
    const failed = row.outcome === "failed" || row.outcome === "rejected";
    head.append(make("h3", row.outcome, failed ? "bad" : row.outcome === "passed" ? "good" : ""));
    head.append(make("span", row.domain));
    if (row.tokens !== null) head.append(make("span", `ratio ${(row.tokens / row.original_tokens).toFixed(3)}`));
    if (row.score !== null) head.append(make("span", `equivalence ${row.score.toFixed(3)}`));
    const judges = Object.entries(row.judges);
    if (judges.length > 1) {
      for (const [judge, [passed, score]] of judges) {
        head.append(make("span", `${judge}: ${passed ? "passed" : "failed"} ${score.toFixed(2)}`));
      }
    }
    if (row.source) head.append(make("code", row.source));
    element.append(head);
    if (row.why) element.append(make("p", row.why, "bad"));
    const pair = make("div", "", "pair");
    pair.append(side(`Original${tokens(row.original_tokens)}`, row, "del"));
    if (row.compressed) pair.append(side(`Compressed${tokens(row.tokens)}`, row, "ins"));
    element.append(pair);
    if (row.losses.length) {
      const losses = make("ul", "", "losses");
      for (const loss of row.losses) {
        losses.append(make("li", `${loss.invented ? "invented " : ""}${loss.kind}: ${loss.what}`, loss.hard ? "hard" : ""));
      }
      element.append(losses);
    }
    return element;
  };

  const grow = () => {
    list.append(...found.slice(shown, shown + BATCH).map(article));
    shown = Math.min(shown + BATCH, found.length);
    more.hidden = shown >= found.length;
    const all = found.length === rows.length ? "" : ` of ${rows.length.toLocaleString("en")}`;
    document.getElementById("count").textContent =
      found.length ? `${found.length.toLocaleString("en")}${all} pairs, ${shown.toLocaleString("en")} shown` : "no such pair";
  };

  const filter = () => {
    const { domain, outcome, kind, words } = Object.fromEntries(new FormData(form));
    const asking = JSON.stringify([domain, outcome, kind, words]);
    if (asking === asked) return;
    asked = asking;
    const wanted = words.trim().toLowerCase();
    found = rows.filter((row) =>
      (!domain || row.domain === domain) &&
      (!outcome || row.outcome === outcome) &&
      (!kind || row.losses.some((loss) => loss.kind === kind)) &&
      (!wanted || (row.search ??= row.steps.join("").toLowerCase()).includes(wanted)));
    list.replaceChildren();
    shown = 0;
    grow();
  };

  form.addEventListener("input", filter);
  form.addEventListener("change", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", () => {
    const first = shown;
    grow();
    list.children[first]?.querySelector(".text")?.focus({ preventScroll: true });
  });
  form.hidden = false;
  filter();
})();
