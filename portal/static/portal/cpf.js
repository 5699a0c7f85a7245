// A CPF while it is typed: its mask, and what is wrong with it, at once. The rule is the server's
// (orchestrator/sealing/cpf.py), which decides; here it is said a moment earlier, in the same words.
(() => {
  "use strict";
  const UNSEEN = /[\s\p{Cf}\x1c-\x1f\x85]/gu;
  const PUNCTUATION = /[.\u2212\p{Pd}]/gu;
  const UNFINISHED = ["empty", "length"];
  const field = document.getElementById("id_cpf");
  const told = document.getElementById("cpf-told");
  const refusals = JSON.parse(told.dataset.refusals);

  const other = (bare, found) => {
    if (!bare) return "empty";
    if (bare.startsWith("#")) return "not_text";
    if (/^[0-9]+([.,][0-9]+)?E\+?[0-9]+$/i.test(bare)) return "scientific";
    const written = /^[0-9A-Z]{8}(\/?)[0-9A-Z]{4}[0-9]{2}$/i.exec(found);
    if (written && (written[1] || companyDigits(found.slice(0, 12).toUpperCase()) === found.slice(12))) return "cnpj";
    return "characters";
  };
  const companyDigits = (twelve) => {
    const values = [...twelve].map((sign) => sign.charCodeAt(0) - 48);
    for (let times = 0; times < 2; times += 1) {
      const total = values.toReversed().reduce((sum, value, place) => sum + value * (2 + place % 8), 0);
      values.push(((11 - total % 11) % 11) % 10);
    }
    return `${values[12]}${values[13]}`;
  };
  const checkDigits = (nine) => {
    const found = [...nine].map(Number);
    for (const heaviest of [10, 11]) {
      const total = found.reduce((sum, digit, place) => sum + digit * (heaviest - place), 0);
      found.push(((11 - total % 11) % 11) % 10);
    }
    return `${found[9]}${found[10]}`;
  };

  // What a text is: its digits, and why it is no CPF, if it is none.
  const read = (text) => {
    let bare = text.replace(UNSEEN, "").replace(/^'/, "");
    const number = /^([0-9]{8,14})[.,]0{1,2}$/.exec(bare);
    if (number) bare = number[1];
    const digits = bare.replace(PUNCTUATION, "");
    if (!/^[0-9]+$/.test(digits)) return { digits: "", why: other(bare, digits) };
    if (bare[0] !== "." && bare[0] !== digits[0]) return { digits, why: "minus" };
    if (digits.length !== 11) return { digits, why: digits.length === 14 ? "cnpj" : "length" };
    if (new Set(digits).size === 1) return { digits, why: "repeated" };
    return { digits, why: checkDigits(digits.slice(0, 9)) === digits.slice(9) ? "" : "check_digits" };
  };

  const masked = (digits) =>
    digits.replace(/^(\d{3})(\d)/, "$1.$2").replace(/^(\d{3}\.\d{3})(\d)/, "$1.$2").replace(/^(\d{3}\.\d{3}\.\d{3})(\d)/, "$1-$2");
  const mask = (digits) => {
    const before = field.value.slice(0, field.selectionStart).replace(/\D/g, "").length;
    const written = masked(digits);
    if (written === field.value) return;
    field.value = written;
    let place = 0;
    for (let seen = 0; seen < before && place < written.length; place += 1) if (/\d/.test(written[place])) seen += 1;
    field.setSelectionRange(place, place);
  };

  const say = (why) => {
    const sentence = why ? refusals[why] : "";
    if (told.textContent !== sentence) told.textContent = sentence;
    field.toggleAttribute("aria-invalid", Boolean(sentence));
    if (sentence) field.setAttribute("aria-invalid", "true");
  };

  field.addEventListener("input", () => {
    const { digits, why } = read(field.value);
    const isTyped = /^\d[\d.\s-]*$/.test(field.value) && digits.length < 12;
    if (isTyped || digits.length === 11 && why !== "minus") mask(digits);
    const begun = UNFINISHED.includes(why) && digits.length < 11;
    say(begun ? "" : why);
  });
  field.addEventListener("change", () => {
    const { why } = read(field.value);
    say(why === "empty" ? "" : why);
  });
})();
