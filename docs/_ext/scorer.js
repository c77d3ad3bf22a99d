// What of all that was found stands first: Sphinx's own weights, and these on top.
var Scorer = {
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
  score: ([page, title, anchor, description, score]) => {
    const query = (new URLSearchParams(location.search).get("q") || "").toLowerCase().trim();
    // An operation is called "order_units.get · GetOrderUnit · GET /order-units/{id_order_unit}".
    const names = title.toLowerCase().split(" · ");
    const path = (names[2] || "").split(" ")[1];
    if (names.length > 1) score += [...names, path].includes(query) ? 50 : -8;
    if (/exception/.test(description) && title.toLowerCase().endsWith(`.${query}`)) score += 20;
    // Words for people go before the insides of the package; a list of pages says little by itself.
    if (/^(how-to|tutorial|reference\/settings)/.test(page)) score += 6;
    if (/^explanation\//.test(page)) score += 2;
    if (/^reference\/python\//.test(page)) score -= 4;
    if (/-models$/.test(page)) score -= 4;
    if (/\/index$/.test(page)) score -= 8;
    return score;
  },
};
