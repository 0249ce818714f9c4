'use strict';
// Sorts and filters what is on the page already. The state stands behind the `#`, so that it can be kept and sent:
// #q=ada&verdict=WA&test=secret/3&sort=points&down=1
(() => {
  const byId = (id) => document.getElementById(id);
  const body = byId('matrix').tBodies[0];
  const rows = Array.from(body.rows);
  const cards = new Map(Array.from(document.querySelectorAll('details.card'), (c) => [c.dataset.row, c]));
  const buttons = Array.from(byId('matrix').querySelectorAll('button[data-sort]'));
  const columns = buttons.filter((b) => b.dataset.sort === 'test').map((b) => b.dataset.test);
  const start = { q: '', verdict: '', test: '', sort: 'name', column: '', down: '' };
  let state = { ...start };

  const cell = (row, test) => row.querySelectorAll('td.cell')[columns.indexOf(test)];
  const failed = (row, test) => {
    const c = cell(row, test);
    return c && c.textContent !== '' && !c.classList.contains('pass') && !c.classList.contains('none');
  };
  const shows = (row) => {
    const d = row.dataset;
    const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    const text = (d.name + ' ' + d.key + ' ' + d.language).toLowerCase();
    return words.every((w) => text.includes(w)) && (!state.verdict || d.verdict === state.verdict) &&
      (!state.test || failed(row, state.test));
  };
  const number = (text) => (text === undefined ? -1 : Number(text));
  const key = (row) => {
    switch (state.sort) {
      case 'name': return Number(row.dataset.row);
      case 'language': return row.dataset.language;
      case 'verdict': return number(row.dataset.rank);
      case 'test': { const c = cell(row, state.column); return c ? number(c.dataset.rank) : -1; }
      default: return number(row.dataset[state.sort]);
    }
  };
  const compare = (a, b) => {
    const [x, y] = [key(a), key(b)];
    const order = typeof x === 'string' ? x.localeCompare(y) : x - y;
    return (state.down ? -order : order) || Number(a.dataset.row) - Number(b.dataset.row);
  };

  const draw = () => {
    const sorted = rows.slice().sort(compare);
    body.append(...sorted);
    let n = 0;
    for (const row of sorted) {
      const on = shows(row);
      row.hidden = !on;
      const card = cards.get(row.dataset.row);
      if (card) { card.hidden = !on; card.parentNode.append(card); }
      if (on) n += 1;
    }
    byId('shown').textContent = n === rows.length ? n + ' shown' : n + ' of ' + rows.length + ' shown';
    for (const b of buttons) {
      const on = b.dataset.sort === state.sort && (state.sort !== 'test' || b.dataset.test === state.column);
      const th = b.closest('th');
      if (on) th.setAttribute('aria-sort', state.down ? 'descending' : 'ascending'); else th.removeAttribute('aria-sort');
    }
    for (const id of ['q', 'verdict', 'test']) if (byId(id).value !== state[id]) byId(id).value = state[id];
  };
  const keep = () => {
    const kept = Object.entries(state).filter(([k, v]) => v !== start[k]);
    const text = '#' + new URLSearchParams(kept).toString();
    history.replaceState(null, '', text === '#' ? location.pathname + location.search : text);
  };
  const change = (more) => { state = { ...state, ...more }; draw(); keep(); };

  const read = () => {
    const hash = location.hash.slice(1);
    if (!hash.includes('=')) {
      const card = hash && byId(hash);
      if (card && card.matches('details.card')) { card.open = true; card.scrollIntoView(); }
      return;
    }
    const asked = new URLSearchParams(hash);
    state = { ...start };
    for (const k of Object.keys(start)) if (asked.has(k)) state[k] = asked.get(k);
    draw();
  };

  for (const b of buttons) {
    b.addEventListener('click', () => {
      const [sort, column] = [b.dataset.sort, b.dataset.test || ''];
      const same = state.sort === sort && state.column === column;
      // What is best, worst or most comes first at the first click.
      const down = same ? !state.down : ['points', 'passed', 'time', 'memory', 'test'].includes(sort);
      change({ sort, column, down: down ? '1' : '' });
    });
  }
  byId('tools').addEventListener('submit', (e) => e.preventDefault());
  byId('q').addEventListener('input', (e) => change({ q: e.target.value }));
  byId('verdict').addEventListener('change', (e) => change({ verdict: e.target.value }));
  byId('test').addEventListener('change', (e) => change({ test: e.target.value }));
  byId('reset').addEventListener('click', () => { state = { ...start }; draw(); keep(); });
  const fold = (open) => { for (const c of cards.values()) if (!c.hidden) c.open = open; };
  byId('open').addEventListener('click', () => fold(true));
  byId('close').addEventListener('click', () => fold(false));
  window.addEventListener('hashchange', read);
  byId('tools').hidden = false;
  byId('folds').hidden = false;
  draw();
  read();
})();
